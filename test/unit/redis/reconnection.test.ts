import { expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { RedisClient } from '../../../src/redis/connection.js';
import { keepWords } from '../../../src/redis/redis-errors.js';
import { readyOrUnavailable, readyWithin } from '../../../src/redis/reconnection.js';

/** What these functions use of ioredis. */
function connection(status: string): RedisClient {
  return Object.assign(new EventEmitter(), { status }) as unknown as RedisClient;
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await setImmediate();
  return settled;
}

it('a connection is waited for although an attempt fails meanwhile', async () => {
  const redis = connection('connecting');
  redis.on('error', () => undefined);
  const ready = readyWithin(redis, 60_000);
  redis.emit('error', new Error('connect ECONNREFUSED'));
  expect(await isSettled(ready)).toBe(false);
  redis.emit('ready');
  await ready;
});

it.each([
  ['an attempt is in progress', 'connecting', undefined],
  ['its last attempt had no answer', 'reconnecting', new Error('connect ETIMEDOUT')],
])('a connection is waited for longer if, when the time is over, %s', async (_what, status, error) => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  try {
    const redis = connection(status);
    if (error !== undefined) keepWords(redis, error);
    const ready = readyOrUnavailable(redis, 1000);
    await jest.advanceTimersByTimeAsync(3000);
    expect(await isSettled(ready)).toBe(false);
    redis.emit('ready');
    expect(await isSettled(ready)).toBe(true);
  } finally {
    jest.useRealTimers();
  }
});

it('a Redis that is away is not waited for any longer', async () => {
  const redis = connection('reconnecting');
  keepWords(redis, new Error('connect ECONNREFUSED 127.0.0.1:6379'));
  await readyOrUnavailable(redis, 1);
});
