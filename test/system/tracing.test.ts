import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseExposition } from '../support/exposition.js';
import { freePort } from '../support/free-port.js';
import { loadedModules, probeInto } from '../support/loaded-modules.js';
import { startLlmServer } from '../support/llm-server.js';
import { openDesk, openService } from '../support/of-test.js';
import { forTest, temporaryFolder } from '../support/opened.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.js';
import { oneEach, type Service, until } from '../support/service.js';
import { serviceDeskAt, writeTenants } from '../support/tenants-files.js';
import { type Accepted, postTicket, ticket } from '../support/webhooks.js';

const start = (env: Record<string, string>) => openService({ env: { ...oneEach, ...env } });
const receive = () => forTest(startOtlpReceiver(), (receiver) => receiver.close());

/** Spans go out soon, so that nobody waits for them. */
const traced = ({ endpoint }: Pick<OtlpReceiver, 'endpoint'>) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_BSP_SCHEDULE_DELAY: '50',
});

const callerTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';
const traceparent = `00-${callerTrace}-${callerSpan}-01`;

/** The spans of the one trace that has a job which ended like this. */
async function traceWith({ spans }: OtlpReceiver, outcome: string): Promise<ReceivedSpan[]> {
  const end = (): ReceivedSpan | undefined =>
    spans.find(({ attributes }) => attributes['enhancement.outcome'] === outcome);
  await until(`a trace ends with ${outcome}`, () => end() !== undefined);
  // The http child's spans come by another way.
  const roots = () => spans.filter(({ traceId, kind }) => traceId === end()?.traceId && kind === 2);
  await until('its first span is there', () => roots().length > 0);
  return spans.filter(({ traceId }) => traceId === end()?.traceId);
}

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} spans are named ${name}`);
  return found[0];
}

function logLines(service: Service): Record<string, unknown>[] {
  const lines = service.output().split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a webhook', () => {
  it('is one trace from its request to the note, which log lines and exemplars lead to', async () => {
    const receiver = await receive();
    const service = await start({
      ...traced(receiver),
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=canary%20key',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    const fields = ticket({ subject: 'VPN drops every hour, canary subject', description: 'canary description' });
    const accepted = (await (await postTicket(service.webhooks, fields)).json()) as Accepted;
    const spans = await traceWith(receiver, 'success');

    const root = named(spans, 'POST /webhook/servicedesk');
    const added = named(spans, 'add queue.enhance');
    const processed = named(spans, 'process queue');
    const gathered = named(spans, 'context_gathering');
    expect(root).toMatchObject({ parentSpanId: undefined, kind: 2, status: { code: 0 } });
    expect(added).toMatchObject({ parentSpanId: root.spanId, kind: 4 });
    expect(processed).toMatchObject({ parentSpanId: added.spanId, kind: 5, status: { code: 0 } });
    expect(gathered).toMatchObject({ parentSpanId: processed.spanId, status: { code: 0 } });
    for (const source of ['ticket_history', 'knowledge_base', 'inventory']) {
      expect(named(spans, source)).toMatchObject({ parentSpanId: gathered.spanId });
    }
    expect(named(spans, 'ticket_update')).toMatchObject({ parentSpanId: processed.spanId });
    expect(root.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/webhook/servicedesk',
      'http.response.status_code': 202,
    });
    const about = {
      'enhancement.tenant_id': 'acme',
      'enhancement.job_id': accepted.job_id,
      'enhancement.correlation_id': accepted.correlation_id,
    };
    expect(root.attributes).toMatchObject(about);
    expect(processed.attributes).toMatchObject({ ...about, 'enhancement.attempt': 1 });
    for (const span of spans) expect(span.endedAtMs).toBeGreaterThanOrEqual(span.startedAtMs);
    expect(root.resource).toMatchObject({
      'service.name': 'ticket-enhancer',
      'service.version': expect.any(String),
      'deployment.environment.name': 'test',
      'enhancement.role': 'http',
    });
    expect(processed.resource).toMatchObject({ 'enhancement.role': 'worker' });

    const lines = logLines(service).filter(({ correlation_id }) => correlation_id === accepted.correlation_id);
    expect(lines.map(({ msg }) => msg)).toEqual(['received', 'queued', 'job finished']);
    for (const line of lines) expect(line).toMatchObject({ trace_id: root.traceId, span_id: expect.any(String) });

    const accept = 'application/openmetrics-text; version=1.0.0';
    const { samples } = parseExposition(
      await (await fetch(`${service.metrics}/metrics`, { headers: { accept } })).text(),
    );
    const exemplars = samples.flatMap(({ exemplar }) => exemplar ?? []);
    expect(exemplars.length).toBeGreaterThan(3);
    for (const { labels } of exemplars) {
      expect(labels).toEqual({ correlation_id: accepted.correlation_id, trace_id: root.traceId });
      // OpenMetrics 1.0: names and values together.
      expect(Buffer.byteLength(Object.entries(labels).flat().join(''))).toBeLessThanOrEqual(128);
    }

    expect(receiver.headers[0]).toMatchObject({ 'x-collector-key': 'canary key' });
    expect(receiver.bodies.join()).not.toContain('canary');
    expect(service.output()).not.toContain('canary');
    // The status shows subjects of the local desk's notes, but no secret.
    expect(await (await fetch(`${service.metrics}/status`)).text()).not.toContain('canary key');
    // BullMQ's looks for work would be traces of their own.
    const strangers = receiver.spans.filter(({ traceId }) => traceId !== root.traceId);
    expect(strangers.map(({ name }) => name)).toEqual([]);
  });

  it('continues its caller’s trace when it is signed, and only then', async () => {
    const receiver = await receive();
    const service = await start({ ...traced(receiver), WORKER_PROCESSES: '0' });
    const caller = { traceparent, baggage: 'canary=1' };
    expect((await postTicket(service.webhooks, {}, caller)).status).toBe(202);
    expect((await postTicket(service.webhooks, {}, { ...caller, 'x-servicedesk-signature': 'no' })).status).toBe(401);
    const spanOf = (status: number) =>
      receiver.spans.find(({ attributes }) => attributes['http.response.status_code'] === status);
    await until('both spans are there', () => spanOf(202) !== undefined && spanOf(401) !== undefined);
    expect(spanOf(202)).toMatchObject({ traceId: callerTrace, parentSpanId: callerSpan });
    expect(spanOf(401)?.traceId).not.toBe(callerTrace);
    expect(spanOf(401)).toMatchObject({
      parentSpanId: undefined,
      attributes: { 'enhancement.rejection': 'unauthorized' },
    });
  });

  it('keeps its trace through a retry, and nobody outside is told of it', async () => {
    const receiver = await receive();
    const desk = await openDesk();
    const llm = await forTest(startLlmServer(), (server) => server.close());
    const knowledge = { path: join(process.cwd(), 'demo/acme/knowledge') };
    const service = await start({
      ...traced(receiver),
      ...writeTenants(temporaryFolder(), { acme: { desk: serviceDeskAt(desk.baseUrl), knowledge } }),
      LLM_BASE_URL: llm.baseUrl,
      LLM_API_KEY: 'sk-test-key-12345678',
      LLM_MODEL: 'test',
    });
    desk.failNext([{ kind: 'error', status: 412 }]);
    await postTicket(service.webhooks, { ticket_id: 'TKT-1' }, { traceparent });
    const spans = await traceWith(receiver, 'success');
    expect(spans[0]?.traceId).toBe(callerTrace);
    const attempts = spans.filter(({ name }) => name === 'process queue');
    attempts.sort((a, b) => a.startedAtMs - b.startedAtMs);
    expect(attempts.map(({ attributes }) => attributes['enhancement.attempt'])).toEqual([1, 2]);
    expect(attempts.map(({ attributes }) => attributes['enhancement.outcome'])).toEqual(['retry', 'success']);
    expect(attempts.map(({ status }) => status)).toEqual([
      { code: 2, message: 'DESK_REFUSED' },
      { code: 0, message: undefined },
    ]);
    const updates = spans.filter(({ name }) => name === 'ticket_update');
    expect(updates.map(({ status }) => status.code)).toEqual(expect.arrayContaining([0, 2]));
    const syntheses = spans.filter(({ name }) => name === 'llm_synthesis');
    expect(syntheses).toHaveLength(2);
    for (const { headers } of [...desk.requests, ...llm.requests]) {
      expect(Object.keys(headers)).not.toContain('traceparent');
    }
    const text = receiver.bodies.join();
    for (const secret of ['desk-secret', 'sk-test-key', desk.baseUrl, llm.baseUrl]) expect(text).not.toContain(secret);
  });
});

describe('a collector', () => {
  it.each<[string, () => Promise<Pick<OtlpReceiver, 'endpoint'>>]>([
    ['that is away', async () => ({ endpoint: `http://127.0.0.1:${await freePort()}` })],
    [
      'that never answers',
      async () => {
        const receiver = await receive();
        receiver.answer(() => undefined);
        return receiver;
      },
    ],
    [
      'that answers nonsense',
      async () => {
        const receiver = await receive();
        receiver.answer((response) => response.writeHead(400, { 'content-type': 'text/html' }).end('<canary>'));
        return receiver;
      },
    ],
  ])(
    '%s holds up no webhook, no job and no stop, and is mentioned once',
    async (_how, collector) => {
      const service = await start({ ...traced(await collector()), OTEL_EXPORTER_OTLP_TIMEOUT: '200' });
      for (let batch = 0; batch < 4; batch++) {
        const answers = await Promise.all(Array.from({ length: 10 }, () => postTicket(service.webhooks)));
        expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202));
        // An export has failed meanwhile, so the next one is another.
        await service.logged(/"role":"http".*traces cannot be sent to the collector/);
      }
      await until('all jobs have ended', () => service.output().match(/job finished/g)?.length === 40);
      await service.logged(/"role":"worker".*traces cannot be sent to the collector/);
      const stoppingMs = performance.now();
      expect(await service.stop()).toEqual({ code: 0, signal: null });
      // The flush has 2 s; so long are idle children's drains besides.
      expect(performance.now() - stoppingMs).toBeLessThan(6000);
      expect(service.output().match(/traces cannot be sent to the collector/g)).toHaveLength(2);
      expect(service.output()).not.toContain('canary');
    },
    60_000,
  );
});

describe('a child that cannot deliver its spans', () => {
  it('keeps some two thousand, drops the others, and does not wait for them at its end', async () => {
    const receiver = await receive();
    receiver.answer(() => undefined);
    const { stdout } = await promisify(execFile)(process.execPath, ['test/system/span-flood-program.mjs'], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    });
    expect(Number(stdout)).toBeLessThan(3000); // 2 s, and what a busy machine adds
    // One batch on its way, and a full queue behind it.
    expect(receiver.spans.length).toBeGreaterThan(0);
    expect(receiver.spans.length).toBeLessThanOrEqual(2048 + 512);
  });
});

describe('OpenTelemetry', () => {
  async function loadedBy(env: Record<string, string>): Promise<string[]> {
    const folder = temporaryFolder();
    const service = await start({ ...probeInto(folder), ...env });
    expect((await postTicket(service.webhooks)).status).toBe(202);
    await service.logged(/job finished/);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    // The primary and its children, each with all that it loaded.
    const processes = loadedModules(folder);
    expect(processes.filter((modules) => modules.some((one) => one.includes('bullmq')))).toHaveLength(3);
    return processes.flat();
  }
  // prom-client loads the API, whose functions do nothing by themselves.
  const foreign = /@opentelemetry\/(?!api\/)|bullmq-otel|\/dist\/tracing\//;

  it('is not loaded by any process without a collector', async () => {
    expect((await loadedBy({})).filter((module) => foreign.test(module))).toEqual([]);
  });

  it('is loaded with one, so the probe would have seen it', async () => {
    const { endpoint } = await receive();
    const loaded = await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    for (const module of ['@opentelemetry/api', '@opentelemetry/sdk-trace-node', 'bullmq-otel']) {
      expect(loaded.some((one) => one.includes(`/node_modules/${module}/`))).toBe(true);
    }
  });
});
