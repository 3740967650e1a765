import { beforeAll, expect, it } from '@jest/globals';
import { createTicketHistory } from '../../src/connectors/index.js';
import { valueOf } from '../support/exposition.js';
import { hostileHistories, hostileTicket } from '../support/hostile-histories.js';
import { redisOfFile } from '../support/of-file.js';
import { openService } from '../support/of-test.js';
import { temporaryFolder } from '../support/opened.js';
import { oneEach, until } from '../support/service.js';
import { writeTenants } from '../support/tenants-files.js';
import { postTicket } from '../support/webhooks.js';

/** A shipped pod has 1 GiB, of which Node gives half to the heap. */
const halfOfAPodsHeapMb = 256;
const hostileTenants = hostileHistories.map(({ tickets }, i) => ({ id: `hostile-${i}`, newest: tickets - 1 }));

const redis = redisOfFile();
beforeAll(async () => {
  const store = createTicketHistory(redis.client);
  for (const [i, history] of hostileHistories.entries()) {
    for (let number = 0; number < history.tickets; number += 100) {
      const hundred = Array.from({ length: 100 }, (_, j) => hostileTicket(history, number + j));
      await Promise.all(hundred.map((ticket) => store.upsert(`hostile-${i}`, ticket)));
    }
  }
});

it('a worker with half a pod’s heap lives through the largest histories, and everybody has notes', async () => {
  const ids = ['calm', ...hostileTenants.map(({ id }) => id)];
  const tenants = writeTenants(temporaryFolder(), Object.fromEntries(ids.map((id) => [id, {}])));
  const heap = { NODE_OPTIONS: `--max-old-space-size=${halfOfAPodsHeapMb}` };
  const service = await openService({ env: { ...oneEach, ...tenants, ...heap, REDIS_URL: redis.url } });
  const { webhooks, metrics } = service;
  const send = async (tenantId: string, ticketId: string, fields = {}): Promise<void> => {
    const answer = await postTicket(webhooks, { tenant_id: tenantId, ticket_id: ticketId, ...fields });
    expect(answer.status).toBe(202);
  };
  const noteOf = async (tenantId: string, ticketId: string): Promise<string | undefined> => {
    const answer = await fetch(`${metrics}/desk/${tenantId}/tickets/${ticketId}`);
    if (!answer.ok) return undefined;
    const { notes } = (await answer.json()) as { notes: { text: string }[] };
    return notes[0]?.text;
  };
  for (const { id } of hostileTenants) for (const n of [1, 2, 3]) await send(id, `H${n}`);
  // While the indexes are built.
  for (let n = 0; n < 20; n++) {
    const startMs = performance.now();
    await send('calm', `C${n}`);
    await until('the other tenant has its note', async () => (await noteOf('calm', `C${n}`)) !== undefined);
    expect(performance.now() - startMs).toBeLessThan(20_000);
  }
  for (const { id } of hostileTenants) {
    const noted = async () => (await noteOf(id, 'H3')) !== undefined;
    await until(`${id} has its notes`, noted, 120_000);
  }
  // Of the newest tickets, which are those within the bounds.
  for (const { id, newest } of hostileTenants) {
    let n = 0;
    const isFound = async (): Promise<boolean> => {
      const ticketId = `N${n++}`;
      await send(id, ticketId, { subject: `VPN drops every hour ${newest}` });
      await until('there is a note', async () => (await noteOf(id, ticketId)) !== undefined, 60_000);
      return (await noteOf(id, ticketId))?.includes('Raised the rekey interval.') ?? false;
    };
    // On a slow machine the index of a history is not whole within the deadline of the first tickets.
    await until(`a note quotes the newest ticket of ${id}`, isFound, 120_000);
  }
  // The index is on the disk: the heap bounds no history.
  const scrape = await service.scrape();
  const documents = (state: string) =>
    hostileTenants.map(({ id }) =>
      valueOf(scrape, 'context_documents', { tenant_id: id, source: 'ticket_history', state }),
    );
  expect(documents('used')).toEqual(hostileTenants.map(({ newest }) => newest + 1));
  expect(documents('skipped')).toEqual(hostileTenants.map(() => 0));
  const workers = (await service.children()).filter(({ role }) => role === 'worker');
  expect(workers.map(({ restarts }) => restarts)).toEqual([0]);
}, 300_000);
