import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type DeskServer, startDeskServer } from '../support/desk-server.js';
import { type LlmServer, startLlmServer } from '../support/llm-server.js';
import { notInThisRun } from '../support/not-in-this-run.js';
import { afterFile, forFile, temporaryFolder } from '../support/opened.js';
import { type PrometheusServer, startPrometheus } from '../support/prometheus.js';
import { parsePromQl, type Selector } from '../support/promql.js';
import { type Service, startService, until } from '../support/service.js';
import { repository, shippedExpressions } from '../support/shipped-expressions.js';
import { deskCredential, serviceDeskAt, writeTenants } from '../support/tenants-files.js';
import { postTicket, serviceDeskSignature, ticket } from '../support/webhooks.js';

/** The observability kit on real parts: the service with its processes, Redis and a Prometheus that scrapes it. */

const modelKey = 'sk-test-key-12345678';

/** What the client knows to have sent, and what it was told. */
const ledger = {
  accepted: 0,
  duplicates: 0,
  refused: 0,
  unanswered: 0,
  /** When each was sent and had its answer: it was counted in between. */
  requests: [] as { readonly sentMs: number; endedMs: number }[],
};

let service: Service;
let prometheus: PrometheusServer;
let desk: DeskServer;
let model: LlmServer;
let startedAtSeconds: number;

/** Both demo tenants: acme with the local desk, globex with a desk of its own that can be made to fail. */
function tenants(): Record<string, string> {
  const context = (id: string) => ({
    knowledge: { path: join(repository, 'demo', id, 'knowledge') },
    history: { path: join(repository, 'demo', id, 'history.jsonl') },
    inventory: { path: join(repository, 'demo', id, 'inventory.yaml') },
  });
  const globex = { ...context('globex'), desk: serviceDeskAt(desk.baseUrl) };
  return writeTenants(temporaryFolder(afterFile), { acme: context('acme'), globex });
}

async function send(fields: Readonly<Record<string, unknown>>, headers: Record<string, string> = {}): Promise<void> {
  const request = { sentMs: Date.now(), endedMs: Number.POSITIVE_INFINITY };
  ledger.requests.push(request);
  try {
    const response = await postTicket(service.webhooks, fields, headers);
    const body: unknown = await response.json();
    if (response.status !== 202) ledger.refused += 1;
    else if (JSON.stringify(body).includes('"duplicate":true')) ledger.duplicates += 1;
    else ledger.accepted += 1;
  } catch {
    // Its child was killed before it answered: whether it was counted, nobody can say.
    ledger.unanswered += 1;
  }
  request.endedMs = Date.now();
}

async function kill(role: 'http' | 'worker', signal: NodeJS.Signals, slots: readonly number[]): Promise<void> {
  for (const child of await service.children()) {
    if (child.role === role && slots.includes(child.slot) && child.pid !== undefined) process.kill(child.pid, signal);
  }
}

/** For which each finds something. */
const subjects = { acme: 'VPN drops every hour', globex: 'Certificate renewal failed, the browser shows a warning' };
const ticketOf = (tenant_id: keyof typeof subjects) => ticket({ tenant_id, subject: subjects[tenant_id] });

async function resolve(fields: Readonly<Record<string, unknown>>): Promise<void> {
  const solved = { resolution: 'Updated the VPN client to 5.2.', resolved_at: '2026-11-23T12:00:00Z' };
  const body = JSON.stringify({ ...fields, ...solved });
  const headers = { 'content-type': 'application/json', ...serviceDeskSignature(body) };
  const response = await fetch(`${service.webhooks}/webhook/servicedesk/resolved-ticket`, {
    method: 'POST',
    headers,
    body,
  });
  if (!response.ok) throw new Error(`resolved ticket: HTTP ${response.status}`);
}

const pauseMs = 50;

/** Ten seconds of both tenants, at an even pace: good, repeated and bad deliveries, failing desk and model, dying children. */
async function traffic(): Promise<void> {
  const sending: Promise<void>[] = [];
  for (let i = 0; i < 200; i++) {
    const fields = ticketOf(i % 2 === 0 ? 'acme' : 'globex');
    if (i % 20 === 7) sending.push(send({ ...fields, ticket_id: 'two words' }));
    else if (i % 20 === 13) sending.push(send(fields, { 'x-servicedesk-signature': `sha256=${'0'.repeat(64)}` }));
    else if (i % 20 === 16) sending.push(send(fields).then(() => send(fields)));
    else sending.push(send(fields));
    if (i === 20) desk.failNext(Array.from({ length: 6 }, () => ({ kind: 'error', status: 404 }) as const));
    if (i === 30) desk.failNext([{ kind: 'rate-limited', retryAfterSeconds: 1 }]);
    if (i === 40) desk.failNext(Array.from({ length: 2 }, () => ({ kind: 'error', status: 412 }) as const));
    if (i === 60) model.behaveNext(Array.from({ length: 8 }, () => ({ kind: 'content', content: 'Hm.' }) as const));
    if (i === 90) await kill('http', 'SIGKILL', [0]);
    if (i === 150) desk.failNext([{ kind: 'error', status: 401 }]);
    if (i === 120) await kill('worker', 'SIGKILL', [1]);
    await sleep(pauseMs);
  }
  await Promise.all(sending);
}

async function total(expr: string): Promise<number> {
  const [result] = await prometheus.query(expr);
  return result?.value ?? 0;
}

const requests = (status: string) => `sum(enhancement_requests_total{status=~"${status}"})`;

beforeAll(async () => {
  desk = await forFile(startDeskServer({ credential: deskCredential }), (opened) => opened.close());
  model = await forFile(startLlmServer(modelKey), (opened) => opened.close());
  const env = {
    ...tenants(),
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: modelKey,
    LLM_MODEL: 'test-model',
    // Stopped workers are to stay stopped until they are let go on.
    CHILD_HUNG_MS: '600000',
  };
  service = await forFile(startService({ env }), (opened) => opened.destroy());
  prometheus = await forFile(startPrometheus(new URL(service.metrics).host), (opened) => opened.stop());
  startedAtSeconds = Date.now() / 1000;
  // A counter's first value is no increase: let every series begin before the load does.
  const first = [ticketOf('acme'), ticketOf('globex')] as const;
  await Promise.all(first.map((fields) => send(fields)));
  await until('Prometheus has seen the first notes', async () => (await total(requests('success'))) === 2);
  await resolve(first[0]);
  await traffic();
  await until(
    'every job has ended, and Prometheus knows',
    async () => {
      return (await total(requests('success|failure'))) >= ledger.accepted;
    },
    60_000,
  );
}, 150_000);

describe('a real Prometheus with the prometheus.yml of this repository', () => {
  it('scrapes the service without an error, from the first time on', async () => {
    const targets = await prometheus.targets();
    expect(targets).toMatchObject([{ health: 'up', lastError: '', labels: { job: 'ticket-enhancer' } }]);
    expect(await total('min_over_time(up{job="ticket-enhancer"}[10m])')).toBe(1);
    const own = await prometheus.ownMetrics();
    const faults = own.match(/^prometheus_target_scrapes_(sample_\w+|exceeded_\w+)_total (?!0$).*$/gm);
    expect(faults).toBeNull();
  });

  it('counts what the client counted', async () => {
    const received = await total(requests('received'));
    const sent = ledger.requests.length;
    expect(received).toBeGreaterThanOrEqual(sent - ledger.unanswered);
    expect(received).toBeLessThanOrEqual(sent);
    const queued = await total(requests('queued'));
    expect(queued).toBeGreaterThanOrEqual(ledger.accepted);
    expect(queued).toBeLessThanOrEqual(ledger.accepted + ledger.unanswered);
    expect(await total('sum(webhook_duplicates_total)')).toBeGreaterThanOrEqual(ledger.duplicates);
    expect(await total(requests('rejected'))).toBe(ledger.refused);
    expect(await total(requests('failure'))).toBeGreaterThan(0);
    expect(await total('sum(enhancement_synthesis_total{mode="fallback"})')).toBeGreaterThan(0);
  });

  it('sees no counter of any process go back, although children were killed', async () => {
    const kills = await total('sum(cluster_child_restarts_total{reason="crash"})');
    expect(kills).toBe(2);
    const counters = (await prometheus.names()).filter((name) => /_(total|bucket|count|sum)$/.test(name));
    const gauges = ['worker_active_count'];
    const reset: string[] = [];
    for (const name of counters.filter((own) => !gauges.includes(own))) {
      const results = await prometheus.query(`resets(${name}{job="ticket-enhancer"}[10m]) > 0`);
      reset.push(...results.map(({ labels }) => `${name} ${JSON.stringify(labels)}`));
    }
    expect(counters.length).toBeGreaterThan(20);
    expect(reset).toEqual([]);
  });

  it('never computes a rate above the true one', async () => {
    const windowSeconds = 5;
    const rates = await prometheus.range(
      `sum(rate(enhancement_requests_total{status="received"}[${windowSeconds}s]))`,
      startedAtSeconds,
      Date.now() / 1000,
    );
    // The most that can have been counted in any window, widened by one scrape on each side, which `rate` extrapolates over.
    const widenedMs = (windowSeconds + 2) * 1000;
    const { requests: all } = ledger;
    const busiest = Math.max(
      ...all.map(
        ({ endedMs: from }) => all.filter(({ sentMs, endedMs }) => endedMs >= from && sentMs < from + widenedMs).length,
      ),
    );
    expect(rates.length).toBeGreaterThan(5);
    expect(Math.max(...rates)).toBeGreaterThan(5);
    expect(Math.max(...rates)).toBeLessThanOrEqual(busiest / windowSeconds);
  });

  it('has taken in the exemplars, which lead from a bucket to a correlation id', async () => {
    const query = new URLSearchParams({
      query: 'enhancement_duration_seconds_bucket{status="success"}',
      start: String(startedAtSeconds - 60),
      end: String(Date.now() / 1000 + 60),
    });
    const response = await fetch(`${prometheus.address}/api/v1/query_exemplars?${query}`);
    const { data } = z
      .object({
        data: z.array(z.object({ exemplars: z.array(z.object({ labels: z.record(z.string(), z.string()) })) })),
      })
      .parse(await response.json());
    const ids = data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels['correlation_id']));
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('answers the questions of the five core metrics', async () => {
    expect(await total('sum(rate(enhancement_requests_total[5m]))')).toBeGreaterThan(0);
    const p95 = await total('histogram_quantile(0.95, sum by (le) (rate(enhancement_duration_seconds_bucket[5m])))');
    expect(p95).toBeGreaterThan(0);
    expect(p95).toBeLessThan(60);
    expect(await prometheus.query('queue_depth{queue_name="enhancement:queue"}')).toMatchObject([{ value: 0 }]);
    expect(await prometheus.query('worker_active_count')).toMatchObject([{ value: 2 }]);
    const rates = await prometheus.query('enhancement_success_rate');
    expect(rates.map(({ labels }) => labels['tenant_id']).sort()).toEqual(['acme', 'globex']);
    expect(rates.find(({ labels }) => labels['tenant_id'] === 'acme')?.value).toBe(100);
    expect(rates.find(({ labels }) => labels['tenant_id'] === 'globex')?.value).toBeLessThan(100);
  });

  it('evaluates every rule without a failure', async () => {
    const own = await prometheus.ownMetrics();
    expect(own).toMatch(/^prometheus_rule_evaluations_total\{.*\} [1-9]/m);
    expect(own.match(/^prometheus_rule_evaluation_failures_total\{.*\} (?!0$).*$/gm)).toBeNull();
  });

  it('promtool finds no fault with the metrics but the one name that is given', async () => {
    const text = await (await fetch(`${service.metrics}/metrics`)).text();
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    // The name is part of the contract, and it is a gauge; promtool would keep `_count` for histograms.
    const known = 'worker_active_count non-histogram and non-summary metrics should not have "_count" suffix\n';
    expect([stdout, stderr]).toEqual(['', known]);
  });
});

function selectorText({ metric, isPattern, matchers }: Selector): string {
  const quoted = (value: string) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const name = isPattern ? `__name__=~${quoted(metric)}` : `__name__=${quoted(metric)}`;
  return `{${[name, ...matchers.map(({ label, operator, value }) => `${label}${operator}${quoted(value)}`)].join(',')}}`;
}

/** A healthy alert has no result: what it reads must be there. */
const asked = shippedExpressions().flatMap(({ source, expr }) =>
  source.startsWith('monitoring/rules/ticket-enhancer.alerts.yml')
    ? parsePromQl(expr).selectors.map((selector) => ({ source, expr: selectorText(selector) }))
    : [{ source, expr: expr.replace(/\s+/g, ' ') }],
);

/** Which of them return nothing now. Each is evaluated, so that each is one that Prometheus accepts. */
async function withoutData(): Promise<ReadonlySet<string>> {
  const empty = new Set<string>();
  for (const { expr } of asked) if ((await prometheus.query(expr)).length === 0) empty.add(expr);
  return empty;
}

describe('while the workers are stopped', () => {
  const waiting = 5;
  let emptyBefore: ReadonlySet<string>;
  beforeAll(async () => {
    emptyBefore = await withoutData();
    await kill('worker', 'SIGSTOP', [0, 1]);
    await until('both count as stale', async () => (await total('worker_active_count')) === 0);
    await Promise.all(Array.from({ length: waiting }, () => send(ticketOf('acme'))));
    await until('the alert fires', async () => (await prometheus.alert('EnhancementNoWorkers')) === 'firing', 120_000);
  }, 150_000);

  it('jobs wait, and are counted once', async () => {
    expect(await prometheus.query('queue_depth{queue_name="enhancement:queue"}')).toMatchObject([{ value: waiting }]);
    expect(await total('job_queue_name:queue_oldest_job_age_seconds:max')).toBeGreaterThan(30);
  });

  it('every shipped expression returns data, or is on the short list that says why not', async () => {
    const emptyNow = await withoutData();
    const excused = (expr: string) => notInThisRun.find(({ pattern }) => pattern.test(expr));
    // Some show trouble and some its absence: either before the stop or during it there must be data.
    const silent = asked.filter(({ expr }) => emptyBefore.has(expr) && emptyNow.has(expr));
    expect(silent.filter(({ expr }) => excused(expr) === undefined)).toEqual([]);
    expect(asked.length).toBeGreaterThan(200);
    // An excuse that nothing needs any more has to go.
    const needed = new Set(asked.map(({ expr }) => excused(expr)));
    expect(notInThisRun.filter((excuse) => !needed.has(excuse))).toEqual([]);
  });

  it('the alert resolves, and the jobs are done, as soon as they run again', async () => {
    await kill('worker', 'SIGCONT', [0, 1]);
    await until('the alert is gone', async () => (await prometheus.alert('EnhancementNoWorkers')) === undefined);
    await until(
      'every job has ended',
      async () => (await total(requests('success|failure'))) >= ledger.accepted,
      60_000,
    );
    expect(await prometheus.query('queue_depth{queue_name="enhancement:queue"}')).toMatchObject([{ value: 0 }]);
  });
});
