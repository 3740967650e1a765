import { Queue } from 'bullmq';
import type { RedisClient } from '../../src/redis/connection.js';
import { queuePrefix } from '../../src/redis/key-prefix.js';
import { queueName } from '../../src/redis/keys.js';
import { type DeskServer, type DeskServerOptions, startDeskServer } from './desk-server.js';
import { type OwnRedis, startRedisWithClient } from './of-file.js';
import { afterTest, eachTest, forTest } from './opened.js';
import { type Service, type ServiceOptions, startService } from './service.js';

/** What each test has for itself: `…OfTest` is opened before each, `open…` in a test or a hook, and all end with it. */

export const redisOfTest = (): OwnRedis => eachTest(startRedisWithClient, (redis) => redis.stop());

export const openDesk = (options?: DeskServerOptions): Promise<DeskServer> =>
  forTest(startDeskServer(options), (desk) => desk.close());

export const deskOfTest = (options?: DeskServerOptions): DeskServer =>
  eachTest(
    () => startDeskServer(options),
    (desk) => desk.close(),
  );

export const openService = (options?: ServiceOptions): Promise<Service> =>
  forTest(startService(options), (service) => service.destroy());

/** The queue as BullMQ has it. @param end default: with the test */
export function bullQueue(connection: RedisClient, end = afterTest): Queue<unknown> {
  const queue = new Queue<unknown>(queueName, { prefix: queuePrefix, connection });
  end(() => queue.close());
  return queue;
}
