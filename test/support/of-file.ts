import { afterAll, beforeAll } from '@jest/globals';
import { patientConnection, type RedisClient } from '../../src/redis/connection.js';
import { startApi, type TestApi } from './api.js';
import { startRedis, type TestRedis } from './redis.js';

/** What all tests of a file share. It is there while they run, and ends before an `afterAll` of the file. */

export interface OwnRedis extends TestRedis {
  readonly client: RedisClient;
}

export function redisOfFile(): OwnRedis {
  const own = {} as { -readonly [Name in keyof OwnRedis]: OwnRedis[Name] };
  beforeAll(async () => {
    Object.assign(own, await startRedis());
    own.client = patientConnection(own.url);
  });
  afterAll(async () => {
    own.client.disconnect();
    await own.stop();
  });
  return own;
}

/** The API over a Redis of its own. */
export function apiOfFile(): { readonly redis: OwnRedis; readonly api: TestApi } {
  const own = {} as { api: TestApi };
  afterAll(() => own.api.close());
  const redis = redisOfFile();
  beforeAll(async () => {
    own.api = await startApi(redis.url);
  });
  return Object.assign(own, { redis });
}
