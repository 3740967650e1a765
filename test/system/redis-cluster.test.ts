import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { valueOf } from '../support/exposition.js';
import { eachFile } from '../support/opened.js';
import { type RedisClusterNode, startRedisCluster } from '../support/redis-cluster.js';
import { startService, until } from '../support/service.js';
import { type Accepted, postTicket, serviceDeskSignature, ticket } from '../support/webhooks.js';

/** The whole service on a real Redis Cluster of three nodes. */

const cluster = eachFile(startRedisCluster, (opened) => opened.stop());
const service = eachFile(
  () => startService({ env: { REDIS_URL: cluster.url, LOG_LEVEL: 'error' } }),
  async (opened) => {
    // No connection to the cluster holds its exit up.
    expect(await opened.stop()).toEqual({ code: 0, signal: null });
    await opened.destroy();
  },
);

const tenants = ['acme', 'globex'] as const;
/** For which each finds something. */
const subjects = { acme: 'VPN drops every hour', globex: 'Certificate renewal failed, the browser shows a warning' };

async function keysOn({ port }: RedisClusterNode): Promise<string[]> {
  const redis = new Redis(port, { password: cluster.password, disconnectTimeout: 50 });
  const keys = await redis.keys('*');
  redis.disconnect();
  return keys;
}

async function nodeOfQueue(): Promise<RedisClusterNode> {
  for (const node of cluster.nodes) {
    if ((await keysOn(node)).includes('{enhancement}:queue:meta')) return node;
  }
  throw new Error('no node has the queue');
}

const success = async (tenant_id: string) =>
  valueOf(await service.scrape(), 'enhancement_requests_total', { tenant_id, status: 'success' });

describe('on a Redis Cluster', () => {
  it('turns webhooks of all tenants into notes, once for each delivery', async () => {
    for (const tenant_id of tenants) {
      for (let i = 0; i < 10; i++) {
        const fields = ticket({ tenant_id, ticket_id: `C-${i}`, subject: subjects[tenant_id] });
        const first = (await (await postTicket(service.webhooks, fields)).json()) as Accepted;
        const again = (await (await postTicket(service.webhooks, fields)).json()) as Accepted;
        expect(again).toEqual({ ...first, duplicate: true });
      }
      await until(`${tenant_id} has its notes`, async () => (await success(tenant_id)) === 10);
      const shown = await fetch(`${service.metrics}/desk/${tenant_id}/tickets/C-9`);
      expect(((await shown.json()) as { notes: unknown[] }).notes).toHaveLength(1);
    }
    expect(valueOf(await service.scrape(), 'queue_depth', { queue_name: 'enhancement:queue' })).toBe(0);
  });

  it('keeps what is used together on one node, and each tenant’s history where it falls', async () => {
    for (let i = 0; i < 5; i++) {
      const body = JSON.stringify({
        tenant_id: 'acme',
        ticket_id: `R-${i}`,
        subject: 'VPN drops',
        description: 'Every hour.',
        resolution: 'A new certificate.',
        resolved_at: '2026-11-23T10:00:00Z',
      });
      const response = await fetch(`${service.webhooks}/webhook/servicedesk/resolved-ticket`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...serviceDeskSignature(body) },
        body,
      });
      expect(response.status).toBe(202);
    }
    const keys = await Promise.all(cluster.nodes.map(keysOn));
    const together = keys.filter((ofNode) => ofNode.some((key) => key.startsWith('{enhancement}:')));
    expect(together).toHaveLength(1);
    const families = new Set(together.flat().map((key) => key.split(':').slice(0, 2).join(':')));
    expect([...families]).toEqual(
      expect.arrayContaining(['{enhancement}:queue', '{enhancement}:note', '{enhancement}:desk']),
    );
    const apart = new Set(
      keys
        .flat()
        .filter((key) => !key.startsWith('{enhancement}:'))
        .map((key) => key.split(':')[1]),
    );
    expect([...apart].sort()).toEqual(['citations', 'history']);
  });

  it('answers 503 within 1.5 s while the node of the queue is frozen, and serves afterwards', async () => {
    const { pid } = await nodeOfQueue();
    process.kill(pid, 'SIGSTOP');
    const startMs = performance.now();
    const response = await postTicket(service.webhooks);
    const tookMs = performance.now() - startMs;
    process.kill(pid, 'SIGCONT');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(tookMs).toBeLessThan(1500);
    await until('it is accepted again', async () => (await postTicket(service.webhooks)).status === 202);
  });
});
