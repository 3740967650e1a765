import { describe, expect, it } from '@jest/globals';
import { createCitedNotes } from '../../../src/connectors/index.js';
import { citedSource } from '../../../src/enhancement/index.js';
import { startApi } from '../../support/api.js';
import { redisOfFile } from '../../support/of-file.js';
import { eachTest } from '../../support/opened.js';
import { articleOf } from '../../support/tickets.js';
import { serviceDeskSignature } from '../../support/webhooks.js';
import { contextFolder, startWorker, tenant, tenantsOf, ticketJob } from '../../support/worker.js';

const redis = redisOfFile();
const api = eachTest(
  () => startApi(redis.url),
  (opened) => opened.close(),
);

async function resolve(ticketId: string, resolution: string, tenantId = 'acme'): Promise<number> {
  const body = JSON.stringify({
    tenant_id: tenantId,
    ticket_id: ticketId,
    subject: 'VPN drops every hour',
    description: 'The VPN drops.',
    resolution,
    resolved_at: '2026-11-24T10:00:00Z',
  });
  const headers = { 'content-type': 'application/json', ...serviceDeskSignature(body, `demo-secret-${tenantId}`) };
  const answer = await fetch(`${api.url}/webhook/servicedesk/resolved-ticket`, { method: 'POST', headers, body });
  return answer.status;
}

const cited = [
  citedSource(articleOf({ title: 'Tunnels that end every hour', quote: 'Raise the rekey interval to eight hours.' })),
];
const counted = (): string[] => api.events.filter((event) => event.startsWith('cited'));

describe('a resolved ticket', () => {
  it('is counted once, by what its resolution has to do with the sources of its note', async () => {
    const folder = await contextFolder({
      'vpn.md': '# Tunnels that end\n\nRaise the rekey interval of the VPN, it drops every hour.\n',
    });
    const acme = tenant('acme', { knowledge: { path: folder.path('') } });
    const running = await startWorker(redis, tenantsOf(acme, tenant('globex')));
    await running.run(ticketJob({ ticketId: 'C-1' }));
    await running.run(ticketJob({ ticketId: 'C-2' }));
    expect(await resolve('C-1', 'Raised the rekey interval. See the article vpn.')).toBe(202);
    expect(await resolve('C-1', 'See the article vpn, again.')).toBe(202);
    expect(await resolve('C-2', 'Replaced the power supply.')).toBe(202);
    expect(counted()).toEqual(['cited acme named', 'cited acme unrelated']);
    expect(api.events.at(-1)).not.toBe('cited acme unrelated'); // committed, before the answer
  });

  it('counts nothing without a note that cited a source, and nothing of another tenant', async () => {
    await createCitedNotes(redis.client).remember('globex', 'C-3', cited);
    expect(await resolve('C-3', 'Raised the rekey interval.')).toBe(202);
    expect(counted()).toEqual([]);
    expect(await resolve('C-3', 'Raised the rekey interval to eight hours.', 'globex')).toBe(202);
    expect(counted()).toEqual(['cited globex resembled']);
  });

  it('is stored and answered though its citations cannot be read', async () => {
    await redis.client.set('enhancement:citations:{acme}:sources', 'of another kind');
    expect(await resolve('C-4', 'Raised the rekey interval.')).toBe(202);
    expect(counted()).toEqual([]);
    expect(api.logs.join('')).toContain('citations of a resolved ticket not counted');
    await redis.client.del('enhancement:citations:{acme}:sources');
  });
});

describe('what notes cited', () => {
  it('is kept of the newest 5,000 tickets of a tenant', async () => {
    let now = 0;
    const notes = createCitedNotes(redis.client, () => ++now);
    for (let i = 0; i < 5001; i++) await notes.remember('busy', `T-${i}`, cited);
    expect(await redis.client.hlen('enhancement:citations:{busy}:sources')).toBe(5000);
    expect(await redis.client.hexists('enhancement:citations:{busy}:sources', 'T-0')).toBe(0);
    expect(await redis.client.pttl('enhancement:citations:{busy}:order')).toBeGreaterThan(89 * 24 * 3600 * 1000);
  });
});
