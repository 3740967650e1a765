import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patientConnection, type RedisClient } from '../../../src/redis/connection.js';
import { createDeliveryNames, type DeliveryNames } from '../../../src/queue/delivery-names.js';
import { startRedis, type TestRedis } from '../../support/redis.js';

let redis: TestRedis;
let client: RedisClient;
let names: DeliveryNames;
beforeAll(async () => {
  redis = await startRedis();
  client = patientConnection(redis.url);
  names = createDeliveryNames(client);
});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

describe('a delivery', () => {
  it('has the first of its names, whichever of them it comes with later', async () => {
    expect(await names.firstOf('acme', ['body:1', 'id:1'])).toBe('body:1');
    expect(await names.firstOf('acme', ['body:2', 'id:1'])).toBe('body:1');
    expect(await names.firstOf('acme', ['body:2', 'id:2'])).toBe('body:1');
    expect(await names.firstOf('acme', ['body:3', 'id:3'])).toBe('body:3');
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
    await client.flushall();
    expect(await names.firstOf('acme', ['webhook-id:1'])).toBe('webhook-id:1');
    expect(await client.keys('*')).toEqual([]);
    await names.firstOf('acme', ['body:1', 'id:"\n\u0000'.repeat(1000)]);
    const keys = await client.keys('*');
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(key).toMatch(/^enhancement:delivery:[0-9a-f]{40}$/);
      expect(await client.ttl(key)).toBeGreaterThan(72 * 3600);
    }
  });
});
