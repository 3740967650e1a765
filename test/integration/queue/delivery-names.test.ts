import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDeliveryNames, type DeliveryNames } from '../../../src/queue/delivery-names.js';
import { failFastConnection, type RedisClient } from '../../../src/redis/connection.js';
import { readyWithin } from '../../../src/redis/reconnection.js';
import { redisOfFile } from '../../support/of-file.js';

const redis = redisOfFile();
let connection: RedisClient;
let names: DeliveryNames;
beforeAll(async () => {
  connection = failFastConnection(redis.url);
  await readyWithin(connection, 5000);
  names = createDeliveryNames(connection);
});
afterAll(() => connection.disconnect());

describe('a delivery', () => {
  it('has the first of its names, whichever of them it comes with later', async () => {
    expect(await names.firstOf('acme', ['body:1', 'id:1'])).toBe('body:1');
    expect(await names.firstOf('acme', ['body:2', 'id:1'])).toBe('body:1');
    expect(await names.firstOf('acme', ['body:2', 'id:2'])).toBe('body:1');
    expect(await names.firstOf('acme', ['body:3', 'id:3'])).toBe('body:3');
  });

  it('has a name though the connection is lost while Redis is asked', async () => {
    const operator = redis.client;
    for (let round = 0; round < 10; round++) {
      const asked = names.firstOf('acme', [`lost:${round}`, `lost-id:${round}`]);
      await operator.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      expect(await asked).toBe(`lost:${round}`);
    }
  });

  it('is one when many come at once', async () => {
    const all = Array.from({ length: 50 }, (_, i) => names.firstOf('acme', [`many:${i}`, 'id:one']));
    expect(new Set(await Promise.all(all)).size).toBe(1);
  });

  it('is another tenant’s, whatever the two are called', async () => {
    await names.firstOf('a', ['b:c', 'id:x']);
    expect(await names.firstOf('a:b', ['c', 'id:x'])).toBe('c');
    expect(await names.firstOf('globex', ['body:9', 'id:1'])).toBe('body:9');
  });

  it('with one name is not kept, and others are for longer than its job', async () => {
    await redis.client.flushall();
    expect(await names.firstOf('acme', ['webhook-id:1'])).toBe('webhook-id:1');
    expect(await redis.client.keys('*')).toEqual([]);
    await names.firstOf('acme', ['body:1', 'id:"\n\u0000'.repeat(1000)]);
    const keys = await redis.client.keys('*');
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(key).toMatch(/^enhancement:delivery:[0-9a-f]{40}$/);
      expect(await redis.client.ttl(key)).toBeGreaterThan(72 * 3600);
    }
  });
});
