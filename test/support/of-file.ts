import { patientConnection, type RedisClient } from '../../src/redis/connection.js';
import { type FailFastQueue, openFailFastQueue } from '../../src/redis/fail-fast-queue.js';
import { startApi, type TestApi } from './api.js';
import { eachFile } from './opened.js';
import { startRedis, type TestRedis } from './redis.js';
import { type Service, type ServiceOptions, startService } from './service.js';

/** What all tests of a file share. It is there while they run, and ends before an `afterAll` of the file. */

export interface OwnRedis extends TestRedis {
  readonly client: RedisClient;
}

export async function startRedisWithClient(): Promise<OwnRedis> {
  const redis = await startRedis();
  const client = patientConnection(redis.url);
  const stop = async (): Promise<void> => {
    client.disconnect();
    await redis.stop();
  };
  return { ...redis, client, stop };
}

export const redisOfFile = (): OwnRedis => eachFile(startRedisWithClient, (redis) => redis.stop());

export function queueOfFile(redis: OwnRedis): FailFastQueue {
  const open = async (): Promise<FailFastQueue> => {
    const queue = openFailFastQueue(redis.url);
    await queue.ready(10_000);
    return queue;
  };
  return eachFile(open, (queue) => queue.close());
}

/** The API over a Redis of its own. */
export function apiOfFile(): { readonly redis: OwnRedis; readonly api: TestApi } {
  const redis = redisOfFile();
  return {
    redis,
    api: eachFile(
      () => startApi(redis.url),
      (api) => api.close(),
    ),
  };
}

/** @param options of what was opened before it */
export const serviceOfFile = (options: () => ServiceOptions | Promise<ServiceOptions> = () => ({})): Service =>
  eachFile(
    async () => startService(await options()),
    (service) => service.destroy(),
  );
