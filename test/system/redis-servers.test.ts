import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../support/command-line.js';
import { valueOf } from '../support/exposition.js';
import { openService } from '../support/of-test.js';
import { forTest } from '../support/opened.js';
import { startNetworkRedis } from '../support/redis-network.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { oneEach, until } from '../support/service.js';
import { postTicket } from '../support/webhooks.js';

/** The whole service on servers that are older, smaller or configured otherwise than the embedded one. */

const openRedis = (...settings: readonly string[]): Promise<TestRedis> =>
  forTest(startRedis(settings), (redis) => redis.stop());

/** Commands of Redis that 6.0 does not have. */
const newer = `
  BLMOVE COPY GETDEL GETEX HRANDFIELD LMOVE RESET SMISMEMBER XAUTOCLAIM ZDIFF ZINTER ZMSCORE ZRANDMEMBER
  ZRANGESTORE ZUNION BLMPOP BZMPOP EVAL_RO EVALSHA_RO EXPIRETIME FCALL FUNCTION LMPOP PEXPIRETIME SINTERCARD SORT_RO ZMPOP`
  .trim()
  .split(/\s+/);

describe('a Redis of version 6.0, as Debian 11 and Ubuntu 22.04 have it', () => {
  it('has every command that a webhook and its note need', async () => {
    const redis = await openRedis(...newer.flatMap((name) => ['--rename-command', name, '']));
    const service = await openService({ env: { ...oneEach, REDIS_URL: redis.url, LOG_LEVEL: 'warn' } });
    for (let i = 0; i < 5; i++) expect((await postTicket(service.webhooks, { ticket_id: `T-${i}` })).status).toBe(202);
    await until('all notes are written', async () => {
      const labels = { tenant_id: 'acme', status: 'success' };
      return valueOf(await service.scrape(), 'enhancement_requests_total', labels) === 5;
    });
    expect(service.output()).not.toMatch(/unknown command/i);
  });
});

describe('a database that the server does not have', () => {
  it('makes the service unready with the words of Redis, instead of using another one', async () => {
    const redis = await openRedis('--databases', '2');
    const env = { ...oneEach, REDIS_URL: `${redis.url}?db=5` };
    const service = await openService({ env, unready: true });
    await service.logged(/not ready yet: .*DB index is out of range\. Correct that at Redis/);
    const { stdout } = await runCommand(['check'], env);
    expect(stdout).toMatch(/failed +redis .*DB index is out of range/);
  });
});

describe('a password that the server does not need', () => {
  it('is told in lines of the log by every process, the thread that searches included', async () => {
    // A server that knows HELLO takes any password where it needs none.
    const server = await forTest(startNetworkRedis({ settings: ['--rename-command', 'HELLO', ''] }), (redis) =>
      redis.stop(),
    );
    const env = { ...oneEach, REDIS_URL: `redis://:needless@127.0.0.1:${server.port}`, LOG_LEVEL: 'warn' };
    const service = await openService({ env });
    expect((await postTicket(service.webhooks)).status).toBe(202);
    await until('its note is written', async () => {
      const labels = { tenant_id: 'acme', status: 'success' };
      return valueOf(await service.scrape(), 'enhancement_requests_total', labels) === 1;
    });
    await service.stop();
    const told = service
      .output()
      .split('\n')
      .filter((line) => line.includes('a password was supplied'));
    expect(told).not.toEqual([]);
    for (const line of told) expect(JSON.parse(line)).toMatchObject({ level: 'warn', console: 'warn' });
  });
});

describe('a Redis that removes keys when its memory is full', () => {
  it('makes the service degraded, with the setting to change', async () => {
    const redis = await openRedis('--maxmemory', '200mb', '--maxmemory-policy', 'volatile-lru');
    const service = await openService({ env: { ...oneEach, REDIS_URL: redis.url, LOG_LEVEL: 'warn' } });
    await until('the state says so', async () => (await service.state()).reasons.length > 0);
    const { state, reasons } = await service.state();
    expect([state, reasons.map(({ reason }) => reason)]).toEqual(['degraded', ['redis_may_evict']]);
    expect(reasons[0]?.message).toMatch(/maxmemory-policy volatile-lru\); set its maxmemory-policy to noeviction/);
    expect(valueOf(await service.scrape(), 'service_degraded', { reason: 'redis_may_evict' })).toBe(1);
  });
});
