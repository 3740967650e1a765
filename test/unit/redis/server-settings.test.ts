import { afterEach, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { readServerSettings } from '../../../src/redis/server-settings.js';

const redis = new Redis({ lazyConnect: true });

afterEach(() => {
  jest.restoreAllMocks();
  redis.disconnect();
});

it('INFO is asked for again after an hour where the user may not use it, and not before', async () => {
  const info = jest
    .spyOn(redis, 'info')
    .mockRejectedValue(new Error("NOPERM this user has no permissions to run the 'info' command"));
  const clock = jest.spyOn(performance, 'now').mockReturnValue(1000);
  const version = async () => (await readServerSettings(redis)).version;
  expect([await version(), await version()]).toEqual([undefined, undefined]);
  expect(info).toHaveBeenCalledTimes(1);
  info.mockResolvedValue('redis_version:7.2.4\r\n');
  clock.mockReturnValue(1000 + 3_599_999);
  expect(await version()).toBeUndefined();
  clock.mockReturnValue(1000 + 3_600_000);
  expect(await version()).toBe('7.2.4');
});
