import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTicketHistory } from '../../../src/connectors/index.js';
import type { ResolvedTicket } from '../../../src/enhancement/index.js';
import { readRun } from '../../../src/queue/job-run.js';
import { redisOfFile } from '../../support/of-file.js';
import { deskOfTest } from '../../support/of-test.js';
import { startRedis } from '../../support/redis.js';
import { until } from '../../support/service.js';
import {
  contextFolder,
  deskTenant,
  type RunningWorker,
  startWorker,
  tenant,
  tenantsOf,
  ticketJob,
} from '../../support/worker.js';

const knowledge = `# VPN disconnects after one hour

## Symptoms
The VPN tunnel drops after exactly one hour and reconnects by itself.

## Fix
Set the rekey interval of the gateway to eight hours: it must not be shorter than the client's. Then restart the VPN client.
`;

const resolved = (ticketId: string, resolution: string): ResolvedTicket => ({
  ticketId,
  subject: 'VPN tunnel disconnects each hour',
  description: 'The tunnel drops and reconnects.',
  resolution,
  resolvedAt: '2026-10-01T12:00:00Z',
  tags: ['vpn'],
});

const redis = redisOfFile();
const desk = deskOfTest();
let running: RunningWorker | undefined;
beforeEach(() => redis.client.flushall());
afterEach(() => void jest.restoreAllMocks());

const deferralOf = async (jobId: string) => readRun((await running?.queue.getJob(jobId))?.progress).deferral;

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
  });

  it('compares with the history that the API has fed, at the next job', async () => {
    running = await startWorker(redis, tenantsOf(tenant('acme'), tenant('globex')));
    const history = createTicketHistory(redis.client);
    await running.run(ticketJob({ ticketId: 'T1' }));
    expect((await running.localDesk.readTicket('acme', 'T1'))?.notes[0]?.text).toContain('Nothing similar was found');

    await history.upsert('acme', resolved('OLD-1', 'Raised the rekey interval to eight hours.'));
    await running.run(ticketJob({ ticketId: 'T2' }));
    expect((await running.localDesk.readTicket('acme', 'T2'))?.notes[0]?.citations).toMatchObject([{ id: 'OLD-1' }]);

    await history.upsert('acme', resolved('OLD-1', 'Replaced the gateway.'));
    await running.run(ticketJob({ ticketId: 'T3' }));
    const third = await running.localDesk.readTicket('acme', 'T3');
    expect(third?.notes[0]?.text).toContain('Replaced the gateway.');
    expect(third?.notes[0]?.text).not.toContain('rekey');

    // The same words, another tenant: nothing of acme's is there to be found.
    await running.run(ticketJob({ ticketId: 'T4', tenantId: 'globex' }));
    expect((await running.localDesk.readTicket('globex', 'T4'))?.notes[0]?.text).toContain('Nothing similar was found');
    expect(await running.localDesk.readTicket('globex', 'T1')).toBeUndefined();
  });

  it('searches each tenant’s own articles and assets, in any order of tenants', async () => {
    const ids = ['acme', 'globex'];
    const asset = (id: string) => JSON.stringify([{ name: 'vpn', kind: 'gateway', notes: `Of ${id} alone.` }]);
    const files = await contextFolder(Object.fromEntries(ids.map((id) => [`${id}.json`, asset(id)])));
    const folders = await Promise.all(
      ids.map((id) => contextFolder({ [`${id}-vpn.md`]: `${knowledge}\nOf ${id} alone.\n` })),
    );
    const [acme, globex] = ids.map((id, i) =>
      tenant(id, { knowledge: { path: folders[i]?.path('') ?? '' }, inventory: { path: files.path(`${id}.json`) } }),
    );
    if (!acme || !globex) throw new Error('two tenants');
    running = await startWorker(redis, tenantsOf(acme, globex, tenant('bare')));
    for (const tenantId of [...ids, 'bare', ...ids]) {
      const ticketId = `T-${running.events.finished.length}`;
      await running.run(ticketJob({ tenantId, ticketId }));
      const note = (await running.localDesk.readTicket(tenantId, ticketId))?.notes[0];
      const own = tenantId === 'bare' ? [] : [`${tenantId}-vpn`, 'vpn'];
      expect(note?.citations.map(({ id }) => id)).toEqual(own);
      for (const other of ids) if (other !== tenantId) expect(note?.text).not.toContain(other);
    }
  });

  it('names the source that failed, and writes the note', async () => {
    running = await startWorker(redis, tenantsOf(tenant('acme', { knowledge: { path: '/nowhere' } })));
    await running.run(ticketJob());
    const note = (await running.localDesk.readTicket('acme', 'TKT-1001'))?.notes[0];
    expect(note?.text).toContain('Could not be searched: knowledge base.');
    expect(running.events.contextFailed).toEqual([{ tenantId: 'acme', source: 'knowledge_base' }]);
    expect(running.events.finished).toMatchObject([{ outcome: 'success' }]);
  });

  it('counts a retry as pending and the end once, after a commit', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)));
    desk.failNext([
      { kind: 'error', status: 412 },
      { kind: 'error', status: 412 },
    ]);
    const jobId = await running.run(ticketJob(), { attempts: 4 });
    expect(await running.ended(jobId)).toBe('completed');
    expect(running.events.attemptFailed.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(running.events.finished).toMatchObject([{ jobId, outcome: 'success' }]);
    expect(running.events.commits).toBe(3);
    expect(desk.notes('TKT-1001')).toHaveLength(1);
    expect(running.logLines.map(({ msg }) => msg)).toEqual([
      'attempt failed, to be retried',
      'attempt failed, to be retried',
      'job finished',
    ]);
    for (const line of running.logLines) {
      const { correlationId, ticketId } = ticketJob();
      expect(line).toMatchObject({ correlation_id: correlationId, tenant_id: 'acme', ticket_id: ticketId });
    }
  });

  it('fails for good after the last attempt, visibly and with the reason', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)));
    desk.failNext(Array.from({ length: 5 }, () => ({ kind: 'error' as const, status: 412 })));
    const jobId = await running.run(ticketJob(), { attempts: 3 });
    const job = await running.queue.getJob(jobId);
    expect(job?.failedReason).toContain('DESK_REFUSED');
    expect(running.events.attemptFailed).toHaveLength(2);
    expect(running.events.finished).toMatchObject([{ jobId, outcome: 'failure' }]);
    expect(running.events.synthesized).toEqual([]);
  });

  it.each([
    ['damaged data', { ...ticketJob(), priority: 'none' } as never],
    ['no version', { ...ticketJob(), version: undefined } as never],
    ['a version that never was', { ...ticketJob(), version: 0 } as never],
  ])('fails at once for good for %s', async (_, data) => {
    running = await startWorker(redis, tenantsOf(tenant('acme')));
    const jobId = await running.run(data, { attempts: 4 });
    expect((await running.queue.getJob(jobId))?.failedReason).toContain('JOB_INVALID');
    expect(running.events.finished).toMatchObject([{ tenantId: 'acme', outcome: 'failure' }]);
    expect(running.events.attemptFailed).toEqual([]);
  });

  it.each(['GET', 'POST'] as const)(
    'ends an attempt whose desk hangs at a %s for longer than JOB_TIMEOUT_MS, and defers the job',
    async (method) => {
      running = await startWorker(redis, tenantsOf(deskTenant(desk)), { jobTimeoutMs: 1500 });
      desk.failNext([{ kind: 'no-answer' }], method);
      const jobId = await running.add(ticketJob());
      expect(await running.ended(jobId, ['delayed', 'completed', 'failed'])).toBe('delayed');
      const { message } = (await deferralOf(jobId)) ?? {};
      expect(message).toContain('JOB_TIMEOUT_MS (1500 ms)');
      await until('the desk sees the end', () => desk.openConnections() === 0);
      await (await running.queue.getJob(jobId))?.promote();
      if (method === 'GET') {
        expect(await running.ended(jobId)).toBe('completed');
        expect(desk.notes('TKT-1001')).toHaveLength(1);
      } else {
        // The note may still come: nothing is posted meanwhile.
        await until('it is deferred again', async () => ((await deferralOf(jobId))?.count ?? 0) === 2);
        expect((await deferralOf(jobId))?.message).toContain('may still act on an earlier request');
        expect(desk.requests.filter((request) => request.method === 'POST')).toHaveLength(1);
      }
      expect(running.events.attemptFailed).toEqual([]);
    },
  );

  it('tells which jobs it holds, and when it holds them no more', async () => {
    running = await startWorker(redis, tenantsOf(tenant('acme')));
    const jobId = await running.run(ticketJob());
    expect(running.leases.started).toMatchObject([{ jobId, token: expect.stringMatching(/.+/) }]);
    expect(running.leases.ended).toEqual([jobId]);
  });

  it('runs a job that has been deferred sixty times', async () => {
    const acme = tenant('acme');
    let known = false;
    running = await startWorker(redis, { ...tenantsOf(acme), get: () => (known ? acme : undefined) });
    const jobId = await running.add(ticketJob());
    for (let deferrals = 1; deferrals <= 60; deferrals++) {
      expect(await running.ended(jobId, ['delayed', 'failed'])).toBe('delayed');
      known = deferrals === 60;
      await (await running.queue.getJob(jobId))?.promote();
    }
    expect(await running.ended(jobId)).toBe('completed');
  });

  it('doubles the delay of a deferred job after it was waited out, and not after the job was promoted early', async () => {
    const { queue, logLines } = (running = await startWorker(redis, tenantsOf()));
    const realNow = Date.now;
    const clock = jest.spyOn(Date, 'now');
    const jobId = await running.add(ticketJob());
    const deferredTimes = (times: number) =>
      until(`it was deferred ${times} times`, async () => {
        const isDelayed = (await queue.getJobState(jobId)) === 'delayed';
        return isDelayed && (await deferralOf(jobId))?.count === times;
      });
    for (let times = 1; times <= 7; times++) {
      await deferredTimes(times);
      if (times >= 6) clock.mockImplementation(() => realNow() + 6000 * (times - 5));
      await (await queue.getJob(jobId))?.promote();
    }
    await deferredTimes(8);
    // In steps of 5 s, of which the jitter takes a fifth at most.
    const delays = logLines.flatMap(({ retry_in_ms: ms }) => (typeof ms === 'number' ? [Math.ceil(ms / 5000)] : []));
    // The seventh time comes after the first delay has passed; the eighth after 6 s of the second, which is longer.
    expect(delays).toEqual([1, 1, 1, 1, 1, 1, 2, 2]);
  });

  it('does not take a job for one that was run again because a worker died before it had failed it', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)));
    desk.failNext([{ kind: 'error', status: 412 }], 'GET');
    await running.queue.pause();
    const jobId = await running.add(ticketJob(), { attempts: 3 });
    const job = await running.queue.getJob(jobId);
    await job?.updateProgress({ failedAttempt: 1 });
    await running.queue.resume();
    expect(await running.ended(jobId)).toBe('completed');
    expect(running.events.attemptFailed).toMatchObject([{ jobId, attempt: 1 }]);
    expect(running.events.runAgain).toEqual([]);
    expect(running.events.finished).toMatchObject([{ jobId, outcome: 'success' }]);
  });

  it('counts nothing of a job that another worker has taken over', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)));
    let fail = (): void => undefined;
    desk.behave(() => ({ kind: 'held', until: new Promise((resolve) => (fail = resolve)), status: 412 }));
    const jobId = await running.add(ticketJob());
    await until('the desk was asked', () => desk.requests.length === 1);
    await redis.client.set(`enhancement:queue:${jobId}:lock`, 'another’s');
    fail();
    const { logLines, events } = running;
    await until(
      'the attempt has ended',
      () => logLines.some(({ msg }) => String(msg).startsWith('attempt abandoned')) || events.finished.length > 0,
    );
    expect(events.finished).toEqual([]);
    expect(events.attemptFailed).toEqual([]);
    expect(await running.queue.getJobState(jobId)).toBe('active');
    const hash = `enhancement:queue:${jobId}`;
    await until('its start is no death', async () => (await redis.client.hget(hash, 'survivals')) === '1');
    expect(running.leases.left).toEqual([jobId]);
  });

  it('fails a job that was alone in three workers that died, and does not start it', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)));
    const poison = await addAfterDeaths('K2', { stc: 3, 'alone:t1': 1, 'alone:t2': 1, 'alone:t3': 1 });
    await running.queue.resume();
    expect(await running.ended(poison)).toBe('failed');
    expect((await running.queue.getJob(poison))?.failedReason).toMatch(
      /^JOB_KILLS_WORKER: The job was alone in 3 workers that died\./,
    );
    expect(running.events.finished.filter(({ jobId: id }) => id === poison)).toMatchObject([{ outcome: 'failure' }]);
    expect(desk.notes('K2')).toEqual([]);
  });

  it('runs a job that was in twenty workers that died and alone in none of them', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)));
    const innocent = await addAfterDeaths('I1', { stc: 20 });
    await running.queue.resume();
    expect(await running.ended(innocent)).toBe('completed');
  });

  it('runs a job alone whose workers died twice: after all others have ended, and before any other is taken', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)), { workerConcurrency: 4 });
    const { queue, ended, logLines } = running;
    const held: (() => void)[] = [];
    desk.behave((method) =>
      method === 'GET' ? { kind: 'held', until: new Promise((resolve) => void held.push(resolve)) } : undefined,
    );
    const [first, second] = [
      await running.add(ticketJob({ ticketId: 'A' })),
      await running.add(ticketJob({ ticketId: 'B' })),
    ];
    await until('both run', () => held.length === 2);
    const suspect = await addAfterDeaths('S', { stc: 2 });
    await queue.resume();
    await until('it waits for that', () => logLines.some(({ msg }) => String(msg).includes('runs alone')));
    const third = await running.add(ticketJob({ ticketId: 'C' }));
    held.shift()?.();
    await ended(first);
    expect(await queue.getJobState(third)).not.toBe('completed');
    expect(desk.requests.map(({ path }) => path).join()).not.toContain('/S/');
    held.shift()?.();
    await ended(second);
    await until('the suspect runs', () => held.length === 1);
    expect(await redis.client.hkeys(`enhancement:queue:${suspect}`)).toContainEqual(expect.stringMatching(/^alone:/));
    expect(desk.requests.map(({ path }) => path).join()).not.toContain('/C/');
    held.shift()?.();
    await ended(suspect);
    expect(await redis.client.hkeys(`enhancement:queue:${suspect}`)).not.toContainEqual(
      expect.stringMatching(/^alone:/),
    );
    await until('the third runs', () => held.length === 1);
    held.shift()?.();
    expect(await ended(third)).toBe('completed');
  });

  it('runs one suspect at a time where few died together, beside jobs that are none', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)), { workerConcurrency: 4 });
    const { queue, ended } = running;
    const held: (() => void)[] = [];
    desk.behave((method) =>
      method === 'GET' ? { kind: 'held', until: new Promise((resolve) => void held.push(resolve)) } : undefined,
    );
    const suspects = [
      await addAfterDeaths('S1', { stc: 1, together: 1 }),
      await addAfterDeaths('S2', { stc: 1, together: 1 }),
    ];
    const other = await running.add(ticketJob({ ticketId: 'A' }));
    await queue.resume();
    await until('a suspect and the other run', () => held.length === 2);
    await until('the other suspect waits', async () => {
      const states = await Promise.all(suspects.map((id) => queue.getJobState(id)));
      return states.includes('delayed') && states.includes('active');
    });
    expect(held).toHaveLength(2);
    for (const go of held.splice(0)) go();
    expect(await ended(other)).toBe('completed');
    await until('the other suspect runs', () => held.length === 1);
    held.shift()?.();
    for (const id of suspects) expect(await ended(id)).toBe('completed');
    expect(running.events.attemptFailed).toEqual([]);
  });
});

/** A job with what Redis remembers of the workers that died of it, in a queue that is paused. */
async function addAfterDeaths(ticketId: string, deaths: Readonly<Record<string, number>>): Promise<string> {
  if (running === undefined) throw new Error('no worker');
  await running.queue.pause();
  const jobId = await running.add(ticketJob({ ticketId }), { attempts: 4 });
  await redis.client.hset(`enhancement:queue:${jobId}`, deaths);
  return jobId;
}

describe('draining', () => {
  it('lets running jobs finish and takes no more', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)), { workerConcurrency: 1 });
    desk.failNext([{ kind: 'slow', delayMs: 300 }]);
    const first = await running.add(ticketJob({ ticketId: 'A' }));
    await running.ended(first, ['active']);
    const second = await running.add(ticketJob({ ticketId: 'B' }));
    await running.drain(5000);
    expect(await running.ended(first)).toBe('completed');
    expect(await running.queue.getJobState(second)).toBe('waiting');
  });

  it('gives back what is not done by the deadline, which is no failed attempt', async () => {
    running = await startWorker(redis, tenantsOf(deskTenant(desk)));
    desk.failNext([{ kind: 'no-answer' }]);
    const jobId = await running.add(ticketJob(), { attempts: 2 });
    await running.ended(jobId, ['active']);
    const startedAtMs = performance.now();
    await running.drain(200);
    expect(performance.now() - startedAtMs).toBeLessThan(200 + 2000); // which interrupted jobs have to go back
    expect(await running.queue.getJobState(jobId)).toBe('waiting');
    const job = await running.queue.getJob(jobId);
    expect(job).toMatchObject({ attemptsMade: 0 });
    expect(running.events.attemptFailed).toEqual([]);
    expect(running.events.finished).toEqual([]);
    expect(running.leases.ended).toEqual([jobId]);
  });

  it('ends by its deadline also when Redis is away', async () => {
    const own = await startRedis();
    const lonely = await startWorker(own, tenantsOf(tenant('acme')));
    await own.stop();
    const startedAtMs = performance.now();
    await lonely.drain(100);
    expect(performance.now() - startedAtMs).toBeLessThan(3500);
  });
});
