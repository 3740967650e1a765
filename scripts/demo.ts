/** `npm run demo`: a stream of realistic tickets for both demo tenants, one finished note, and the core metrics. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CliError } from '../src/cli/cli-error.js';
import { ask } from '../src/cli/service-client.js';
import { type Config, loadConfig } from '../src/config/config.js';
import { ConfigError } from '../src/config/config-error.js';
import { withEnvFile } from '../src/config/environment.js';
import { messageOf } from '../src/logging/describe-error.js';
import { resolveTenants, type Tenant, TenantsError } from '../src/tenants/index.js';
import { readTenantsDocument } from '../src/tenants/tenants-file.js';
import { coreMetrics } from './demo/core-metrics.js';
import { type DemoOptions, readOptions, UsageError } from './demo/options.js';
import { createProgress } from './demo/progress.js';
import { type DemoRequest, demoRequest, invalidEach } from './demo/requests.js';

/** A sentence for the person who started the demo. */
class DemoError extends Error {}

/** One in so many is delivered twice. */
const repeatedEach = 25;

/** How long the demo waits for the last jobs. */
const patienceMs = 30_000;

async function get(url: string, option: string, token?: string): Promise<Response> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await ask(url, { headers }, option);
  if (response.status === 401) throw new DemoError(`${url} wants a token: set METRICS_BEARER_TOKEN to the service's.`);
  return response;
}

const healthSchema = z.object({ status: z.literal('ok') });

/** @throws {DemoError} for another program on that port */
async function expectService(url: string, port: string, option: string): Promise<void> {
  const response = await get(url, option);
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && healthSchema.safeParse(body).success) return;
  throw new DemoError(
    `${url} answered with HTTP ${response.status}, and is not the ${port} port of a ticket-enhancer. Name the right one with ${option}.`,
  );
}

/** The demo writes no notes to real desks. */
function demoTenants({ tenantsFile }: Config): readonly Tenant[] {
  const tenants = resolveTenants(readTenantsDocument(tenantsFile))
    .all()
    .filter(({ active, desk }) => active && desk.isLocal);
  if (tenants.length > 0) return tenants;
  throw new DemoError(
    `No tenant in ${tenantsFile} is active and has a local desk, and the demo sends tickets to no other desk. Unset TENANTS_FILE for the service and the demo, or try one ticket with \`npx ticket-enhancer send\`.`,
  );
}

interface Sent {
  readonly statuses: Map<number, number>;
  readonly unexpected: string[];
  readonly accepted: NonNullable<DemoRequest['ticket']>[];
}

async function post(url: string, { body, headers }: DemoRequest): Promise<Response> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
  return ask(`${url}/webhook/servicedesk`, init);
}

async function send({ webhooks, count, rate }: DemoOptions, tenants: readonly Tenant[]): Promise<Sent> {
  const sent: Sent = { statuses: new Map(), unexpected: [], accepted: [] };
  const progress = createProgress(count);
  const run = Date.now().toString(36);
  const started = performance.now();
  let done = 0;
  const one = async (index: number): Promise<void> => {
    const request = demoRequest(tenants, index, run);
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
  /** The service went away: no more is sent. */
  let failure: Error | undefined;
  const noteFailure = (error: unknown): void => {
    failure ??= error instanceof Error ? error : new Error(String(error));
  };
  for (let index = 0; index < count && failure === undefined; index++) {
    await sleep(Math.max(0, started + (index * 1000) / rate - performance.now()));
    pending.push(one(index).catch(noteFailure));
  }
  await Promise.all(pending);
  progress.end();
  if (failure !== undefined) throw failure;
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
    for (const { tenant, ticketId } of tickets.slice(0, 20)) {
      const response = await get(`${metrics}/desk/${tenant.id}/tickets/${ticketId}`, '--metrics-url', token);
      if (!response.ok) continue;
      const { subject, notes } = noteSchema.parse(await response.json());
      const [note] = notes;
      if (note === undefined || note.citations.length === 0) continue;
      console.log(`\nThe note for ${ticketId} of ${tenant.id}, "${subject}":\n`);
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
    const text = await (await get(`${metrics}/metrics`, '--metrics-url', token)).text();
    const waiting = /^queue_depth\{.*\} (\d+)$/m.exec(text)?.[1];
    const active = /^queue_jobs\{.*state="active".*\} (\d+)$/m.exec(text)?.[1];
    if ((waiting === '0' && active === '0') || performance.now() > until) return text;
    await sleep(200);
  }
}

async function demo(): Promise<void> {
  const config = loadConfig(withEnvFile(process.env, process.cwd()));
  const options = readOptions(process.argv.slice(2), config);
  if (typeof options === 'string') return console.log(options);
  const tenants = demoTenants(config);
  await expectService(`${options.metrics}/healthz`, 'metrics', '--metrics-url');
  await expectService(`${options.webhooks}/health`, 'webhook', '--url');
  const kinds = `one in ${invalidEach} invalid, one in ${repeatedEach} delivered twice`;
  console.log(`Sending ${options.count} tickets to ${options.webhooks}, ${options.rate} a second, ${kinds}.`);
  const sent = await send(options, tenants);
  if (sent.unexpected.length > 0) {
    console.log(`\n${sent.unexpected.length} answers were not as expected, the first: ${sent.unexpected[0]}.`);
    console.log(
      'A 401 means that the service runs with other tenants or secrets than this folder and environment have.',
    );
  }
  if (sent.accepted.length > 0) await showNote(options, sent.accepted);
  console.log('\nThe five core metrics now:\n');
  for (const line of coreMetrics(await untilIdle(options))) console.log(`  ${line}`);
  process.exitCode = sent.unexpected.length === 0 ? 0 : 1;
}

/** Mistakes of people, and a service that is not there; anything else is a defect, and shown whole. */
const told = [DemoError, UsageError, CliError, ConfigError, TenantsError];

demo().catch((error: unknown) => {
  console.error(told.some((kind) => error instanceof kind) ? messageOf(error) : error);
  process.exitCode = 1;
});
