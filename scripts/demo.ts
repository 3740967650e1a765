/** `npm run demo`: a stream of realistic tickets for both demo tenants, one finished note, and the core metrics. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { coreMetrics } from './demo/core-metrics.js';
import { type DemoOptions, readOptions, UsageError } from './demo/options.js';
import { createProgress } from './demo/progress.js';
import { type DemoRequest, demoRequest, invalidEach } from './demo/requests.js';

/** A sentence for whoever started the demo. */
class DemoError extends Error {}

/** One in so many is delivered twice. */
const repeatedEach = 25;

/** How long the demo waits for the last jobs. */
const patienceMs = 30_000;

async function get(url: string, token?: string): Promise<Response> {
  const response = await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }).catch(
    (error: unknown) => {
      throw new DemoError(`Nothing answers at ${url}. Start the service first, in another terminal: npm start`, {
        cause: error,
      });
    },
  );
  if (response.status === 401) throw new DemoError(`${url} wants a token: set METRICS_BEARER_TOKEN to the service's.`);
  return response;
}

interface Sent {
  readonly statuses: Map<number, number>;
  readonly unexpected: string[];
  readonly accepted: NonNullable<DemoRequest['ticket']>[];
}

async function post(url: string, { body, headers }: DemoRequest): Promise<Response> {
  return fetch(`${url}/webhook/servicedesk`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

async function send({ webhooks, count, rate }: DemoOptions): Promise<Sent> {
  const sent: Sent = { statuses: new Map(), unexpected: [], accepted: [] };
  const progress = createProgress(count);
  const run = Date.now().toString(36);
  const started = performance.now();
  let done = 0;
  const one = async (index: number): Promise<void> => {
    const request = demoRequest(index, run);
    const response = await post(webhooks, request);
    // Every so often a desk delivers twice; nothing must come of it.
    if (index % repeatedEach === 0) await post(webhooks, request);
    await response.arrayBuffer();
    sent.statuses.set(response.status, (sent.statuses.get(response.status) ?? 0) + 1);
    if (response.status !== request.expectedStatus) {
      sent.unexpected.push(`ticket ${index}: ${response.status} instead of ${request.expectedStatus}`);
    }
    if (response.status === 202 && request.ticket) sent.accepted.push(request.ticket);
    progress.step(++done, [...sent.statuses].map(([status, times]) => `${status}: ${times}`).join(', '));
  };
  const pending: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    await sleep(Math.max(0, started + (index * 1000) / rate - performance.now()));
    pending.push(one(index));
  }
  await Promise.all(pending);
  progress.end();
  return sent;
}

const noteSchema = z.object({
  subject: z.string(),
  notes: z.array(z.object({ text: z.string(), citations: z.array(z.unknown()) })),
});

/** The first finished note that cites something. */
async function showNote({ metrics, token }: DemoOptions, tickets: Sent['accepted']): Promise<void> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    for (const { tenantId, ticketId } of tickets.slice(0, 20)) {
      const response = await get(`${metrics}/desk/${tenantId}/tickets/${ticketId}`, token);
      if (!response.ok) continue;
      const { subject, notes } = noteSchema.parse(await response.json());
      const [note] = notes;
      if (note === undefined || note.citations.length === 0) continue;
      console.log(`\nThe note for ${ticketId} of ${tenantId}, "${subject}":\n`);
      console.log(note.text.replace(/^/gm, '  '));
      return;
    }
    await sleep(200);
  }
  console.log('\nNo note with a citation appeared; are the worker children running? See /readyz on the metrics port.');
}

async function untilIdle({ metrics, token }: DemoOptions): Promise<string> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const text = await (await get(`${metrics}/metrics`, token)).text();
    const waiting = /^queue_depth\{.*\} (\d+)$/m.exec(text)?.[1];
    const active = /^queue_jobs\{.*state="active".*\} (\d+)$/m.exec(text)?.[1];
    if ((waiting === '0' && active === '0') || performance.now() > until) return text;
    await sleep(200);
  }
}

async function demo(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (typeof options === 'string') return console.log(options);
  await get(`${options.metrics}/healthz`);
  await get(`${options.webhooks}/health`);
  const kinds = `one in ${invalidEach} invalid, one in ${repeatedEach} delivered twice`;
  console.log(`Sending ${options.count} tickets to ${options.webhooks}, ${options.rate} a second, ${kinds}.`);
  const sent = await send(options);
  if (sent.unexpected.length > 0) {
    console.log(`\n${sent.unexpected.length} answers were not as expected, the first: ${sent.unexpected[0]}.`);
    console.log('The demo speaks for the demo tenants; is TENANTS_FILE set?');
  }
  await showNote(options, sent.accepted);
  console.log('\nThe five core metrics now:\n');
  for (const line of coreMetrics(await untilIdle(options))) console.log(`  ${line}`);
  process.exitCode = sent.unexpected.length === 0 ? 0 : 1;
}

demo().catch((error: unknown) => {
  if (error instanceof DemoError || error instanceof UsageError) console.error(error.message);
  else console.error(error);
  process.exitCode = 1;
});
