import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestRedis, startRedis } from '../support/redis.js';
import { contextFolder, type RunningWorker, startWorker, tenant, tenantsOf, ticketJob } from '../support/worker.js';

const knowledge = `# VPN disconnects after one hour

## Symptoms
The VPN tunnel drops after exactly one hour and reconnects by itself.

## Fix
Set the rekey interval of the gateway to eight hours: it must not be shorter than the client's. Then restart the VPN client.
`;

let redis: TestRedis;
let running: RunningWorker | undefined;
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  await running?.queue.obliterate({ force: true });
  await running?.stop();
  running = undefined;
});
afterAll(() => redis.stop());

describe('a worker', () => {
  it('takes a job from the queue to a cited note on the local desk, and reports it', async () => {
    const files = await contextFolder({ 'vpn.md': knowledge });
    running = await startWorker(redis, tenantsOf(tenant('acme', { knowledge: { path: files.path('') } })));
    const jobId = await running.run(ticketJob());
    expect(await running.ended(jobId)).toBe('completed');
    const ticket = await running.localDesk.readTicket('acme', 'TKT-1001');
    expect(ticket?.notes).toHaveLength(1);
    expect(ticket?.notes[0]).toMatchObject({ mode: 'extractive', correlation_id: ticketJob().correlationId });
    expect(ticket?.notes[0]?.text).toContain('rekey interval');
    expect(ticket?.notes[0]?.citations).toMatchObject([{ source: 'knowledge_base', id: 'vpn' }]);
    expect(running.events.finished).toMatchObject([{ tenantId: 'acme', jobId, outcome: 'success' }]);
    expect(running.events.operations.map(({ operation, status }) => `${operation} ${status}`)).toEqual([
      'context_gathering success',
      'ticket_update success',
    ]);
    await files.remove();
  });
});
