import { beforeEach, describe, expect, it } from '@jest/globals';
import { oneWayChannel } from '../../support/one-way-channel.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { type ChildMonitoring, startChildMonitoring } from '../../../src/telemetry/child-monitoring.js';
import { appOver, type Answers } from '../../support/app-over.js';
import { afterTest } from '../../support/opened.js';
import { serve } from '../../support/served.js';
import { postTicket } from '../../support/webhooks.js';

/** The API in front of a primary that reads nothing, as after SIGSTOP with the channel to it full. */

let monitoring: ChildMonitoring;
let read: () => void;

beforeEach(() => {
  let pending: (() => void)[] | undefined = [];
  read = () => {
    for (const done of pending ?? []) done();
    pending = undefined;
  };
  monitoring = startChildMonitoring({
    role: 'http',
    slot: 0,
    instance: 'this run',
    tenantIds: ['acme'],
    onError: () => undefined,
    registry: new Registry(),
    channel: oneWayChannel((_message, done) => {
      if (pending === undefined) setImmediate(() => done(null));
      else pending.push(() => done(null));
    }),
  });
  afterTest(() => monitoring.stop());
});

async function serveOver(answers: Answers = {}): Promise<string> {
  afterTest(read);
  const { url } = await serve(appOver({ ...answers, recorder: monitoring.webhooks }).app);
  await fetch(`${url}/health`); // what is done once only is not to be measured
  return url;
}

async function timed(ask: () => Promise<Response>): Promise<{ status: number; ms: number }> {
  const start = performance.now();
  const { status } = await ask();
  return { status, ms: performance.now() - start };
}

describe('while the primary is stopped', () => {
  it.each<[string, number, Answers]>([
    ['an accepted webhook', 202, {}],
    [
      'a repeated one, with a slow Redis,',
      202,
      {
        enqueue: async () => {
          await sleep(1200);
          return { kind: 'queued', duplicate: true, correlationId: 'c' };
        },
      },
    ],
    ['one that a frozen Redis does not take', 503, { enqueue: () => new Promise(() => undefined) }],
  ])('%s is answered within 1.5 s', async (_what, status, answers) => {
    const url = await serveOver(answers);
    const answer = await timed(() => postTicket(url));
    expect(answer.status).toBe(status);
    expect(answer.ms).toBeLessThan(1500);
  });

  it('a refused webhook is answered within 1.5 s', async () => {
    const url = await serveOver();
    const headers = { 'content-type': 'application/json', 'x-servicedesk-signature': '0'.repeat(64) };
    const bodies = ['{', JSON.stringify({ tenant_id: 'nobody' })];
    const answers = await Promise.all(
      bodies.map((body) => timed(() => fetch(`${url}/webhook/servicedesk`, { method: 'POST', headers, body }))),
    );
    expect(answers.map(({ status }) => status)).toEqual([400, 401]);
    for (const { ms } of answers) expect(ms).toBeLessThan(1500);
  });
});

it('an answer is not held when the primary reads again', async () => {
  const url = await serveOver();
  const answer = timed(() => postTicket(url));
  await sleep(200);
  read();
  expect((await answer).ms).toBeLessThan(1000);
});
