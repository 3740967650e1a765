import { beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { type Job, Worker } from 'bullmq';
import supertest from 'supertest';
import { createScrapeHandler } from '../../../src/cluster-metrics/index.js';
import { createLogger } from '../../../src/logging/logger.js';
import { createMetricsPort, type MetricsPortDependencies } from '../../../src/admin/metrics-port.js';
import { createQueuePage } from '../../../src/admin/queue-page.js';
import { createEventStream, type EventStream, type EventStreamOptions } from '../../../src/admin/status/events.js';
import { listenOnFreePort } from '../../support/http-server.js';
import { queueOfFile, redisOfFile } from '../../support/of-file.js';
import { afterTest } from '../../support/opened.js';
import { until } from '../../support/service.js';

/** The metrics port beside `/metrics`: who may see what, and the stream of events. */

const metricsToken = 'for-metrics';
const adminToken = 'for-the-queue';
const audit: unknown[] = [];
const auditLog = createLogger({
  level: 'info',
  role: 'primary',
  slot: 0,
  destination: { write: (line) => void audit.push((JSON.parse(line) as { audit?: unknown }).audit) },
});
const basic = (token: string): string => `Basic ${Buffer.from(`someone:${token}`).toString('base64')}`;

const failFastQueue = queueOfFile(redisOfFile());

function app(overrides: Partial<MetricsPortDependencies> = {}) {
  return createMetricsPort({
    metrics: async (_request, response) => void response.end('figures'),
    metricsBearerToken: undefined,
    publicHosts: [],
    readiness: async () => ({ ready: true, state: 'degraded', reasons: [] }),
    status: () => Promise.reject(new Error('not asked for here')),
    events: { handle: (_request, response) => void response.send('events') },
    assets: {
      version: 'v1',
      get: (name) => (name === 'a.js' ? Buffer.from('1') : undefined),
    },
    readTicket: async () => ({ ticket_id: 'T-1' }),
    openApi: async () => ({ openapi: '3.1.1' }),
    queuePage: undefined,
    log: createLogger({ level: 'silent', role: 'primary', slot: 0 }),
    ...overrides,
  });
}

describe('who may see figures', () => {
  it.each([
    ['/metrics', undefined, 401],
    ['/metrics', `Bearer ${metricsToken}`, 200],
    ['/metrics', basic(metricsToken), 401],
    ['/', undefined, 401],
    ['/', basic('wrong'), 401],
    ['/status', undefined, 401],
    ['/status/events', undefined, 401],
    ['/status/events', `Bearer ${metricsToken}`, 200],
    ['/status/events', basic(metricsToken), 200],
    ['/desk/acme/tickets/T-1', undefined, 401],
    ['/desk/acme/tickets/T-1', basic(metricsToken), 200],
    ['/healthz', undefined, 200],
    ['/readyz', undefined, 200],
    ['/status/assets/v1/a.js', undefined, 200],
  ])('with METRICS_BEARER_TOKEN set: %s with %j: %d', async (path, authorization, expected) => {
    const wanted = supertest(app({ metricsBearerToken: metricsToken })).get(path);
    const { status } = await (authorization === undefined ? wanted : wanted.set('authorization', authorization));
    expect(status).toBe(expected);
  });

  it('answers 400 to an address that cannot be decoded, and logs no error', async () => {
    const lines: string[] = [];
    const log = createLogger({
      level: 'warn',
      role: 'primary',
      slot: 0,
      destination: { write: (line) => void lines.push(line) },
    });
    const { status } = await supertest(app({ metricsBearerToken: metricsToken, log })).get(
      '/desk/acme/tickets/%E0%A4%A',
    );
    expect({ status, lines }).toEqual({ status: 400, lines: [] });
  });

  it('has no browser take a refused scrape, or the figures, for a page', async () => {
    const refused = await supertest(app({ metricsBearerToken: metricsToken }))
      .get('/metrics')
      .expect(401);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="METRICS_BEARER_TOKEN"');
    const registry = { scrape: () => Promise.reject(new Error('broken')) };
    const broken = supertest(app({ metrics: createScrapeHandler(registry) })).get('/metrics');
    expect((await broken.expect(500)).headers['x-content-type-options']).toBe('nosniff');
  });

  it('tells the state beside readiness, and answers 503 only when it is unready', async () => {
    await supertest(app()).get('/readyz').expect(200, { ready: true, state: 'degraded', reasons: [] });
    const unready = { ready: false, state: 'unready', reasons: ['No http child is ready.'] } as const;
    await supertest(app({ readiness: async () => unready }))
      .get('/readyz')
      .expect(503, unready);
  });

  it('lets browsers keep the page’s files for ever, under an address of their own', async () => {
    const { headers } = await supertest(app()).get('/status/assets/v1/a.js').expect(200);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    await supertest(app()).get('/status/assets/v0/a.js').expect(404);
    await supertest(app()).get('/status/assets/v1/..%2f..%2fpackage.json').expect(404);
  });
});

describe('the Host header', () => {
  const publicHosts = ['status.example.com', 'metrics-host'];
  const pages = ['/', '/status', '/status/events', '/desk/acme/tickets/T-1', '/openapi.json', '/queues', '/nothing'];
  const everyHost = ['/metrics', '/healthz', '/readyz'];
  const ask = (path: string, host: string) =>
    supertest(app({ publicHosts, status: () => Promise.reject(new Error('no')), events: { handle: closed } }))
      .get(path)
      .set('host', host);
  const closed: MetricsPortDependencies['events']['handle'] = (_request, response) => void response.send('events');

  it.each([
    '127.0.0.1',
    '10.0.0.7:8000',
    '[::1]',
    '[fd00::7]:8000',
    'localhost',
    'LOCALHOST:8000',
    'status.example.com',
    'Status.Example.COM:443',
    'metrics-host:8000',
  ])('%s is this service’s own', async (host) => {
    for (const path of [...pages, ...everyHost]) expect((await ask(path, host)).status).not.toBe(421);
  });

  it.each([
    'evil.example',
    'evil.example:8000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'status.example.com.evil.example',
    'evil.example@127.0.0.1',
    '127.0.0.1:8000:evil.example',
    '[evil.example]',
    '[::1].evil.example',
    '[127.0.0.1]',
    '0x7f000001',
    'xlocalhost',
    ' ',
  ])('%j gets 421 for all but figures and probes', async (host) => {
    for (const path of pages) {
      const answer = await ask(path, host);
      expect(answer.status).toBe(421);
      expect(JSON.parse(answer.text)).toMatchObject({ detail: expect.stringContaining('PUBLIC_HOSTS') });
    }
    for (const path of everyHost) await ask(path, host).expect(200);
  });

  it('is looked at before any token', async () => {
    const guarded = app({ metricsBearerToken: metricsToken });
    await supertest(guarded).get('/status').set('host', 'evil.example').expect(421);
  });
});

describe('the queue page', () => {
  const served = () =>
    app({
      publicHosts: ['own.example'],
      queuePage: { token: adminToken, handle: createQueuePage(failFastQueue, auditLog) },
    });

  it('is not there without ADMIN_TOKEN', async () => {
    await supertest(app()).get('/queues').set('authorization', basic(adminToken)).expect(404);
  });

  it.each([
    [undefined, 401],
    [basic('wrong'), 401],
    [`Bearer wrong`, 401],
    [`Bearer ${adminToken}`, 200],
    [basic(adminToken), 200],
  ])('with %j: %d', async (authorization, expected) => {
    const wanted = supertest(served()).get('/queues/api/queues');
    const answer = await (authorization === undefined ? wanted : wanted.set('authorization', authorization));
    expect(answer.status).toBe(expected);
    if (expected === 401) expect(answer.headers['www-authenticate']).toContain('Basic realm');
    else expect(answer.body).toMatchObject({ queues: [{ name: 'queue' }] });
  });

  it('names nothing outside, and lets the browser load nothing from there', async () => {
    const { text, headers } = await supertest(served())
      .get('/queues')
      .set('authorization', basic(adminToken))
      .expect(200);
    expect(text).not.toMatch(/(?:href|src)="(?:https?:)?\/\//);
    expect(headers['content-security-policy']).not.toContain('http');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, 204],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'http://own.example', host: 'own.example' }, 204],
    [{ origin: 'http://other.example', host: 'own.example' }, 403],
    [{ origin: 'null', host: 'own.example' }, 403],
    [{}, 204],
  ])('a change that comes with %j: %d', async (headers, expected) => {
    await supertest(served())
      .put('/queues/api/queues/queue/resume')
      .set({ authorization: basic(adminToken), ...headers })
      .expect((answer) => expect(answer.status === 200 ? 204 : answer.status).toBe(expected));
  });
});

describe('a change on the queue page', () => {
  const board = '/queues/api/queues/queue';
  const served = () => app({ queuePage: { token: adminToken, handle: createQueuePage(failFastQueue, auditLog) } });
  const change = (method: 'put' | 'post' | 'patch', path: string) =>
    supertest(served())[method](`${board}${path}`).set('authorization', basic(adminToken)).send({});
  /** A job in the state that its worker would leave it in. */
  async function jobIn(state: 'waiting' | 'delayed' | 'failed' | 'completed', jobId: string): Promise<void> {
    await failFastQueue.use(async ({ queue }) => {
      const job = await queue.add('ticket', {}, { jobId, delay: state === 'delayed' ? 600_000 : 0 });
      if (state === 'waiting' || state === 'delayed') return;
      const worker = new Worker(queue.name, null, {
        connection: queue.opts.connection,
        prefix: 'enhancement',
        autorun: false,
      });
      const taken: Job | undefined = await worker.getNextJob('token');
      if (state === 'failed') await taken?.moveToFailed(new Error('refused'), 'token');
      else await taken?.moveToCompleted(1, 'token', false);
      await worker.close();
      expect(await job.getState()).toBe(state);
    });
  }
  const stateOf = (id: string) => failFastQueue.use(({ queue }) => queue.getJobState(id));
  beforeEach(async () => {
    await failFastQueue.use(({ queue }) => queue.obliterate({ force: true }));
    audit.length = 0;
  });

  it.each([
    ['put', '/j1/clean'],
    ['patch', '/j1/update-data'],
    ['patch', '/j1/delay'],
    ['patch', '/j1/priority'],
    ['put', '/clean/wait'],
    ['put', '/clean/failed'],
    ['put', '/empty'],
    ['put', '/obliterate'],
    ['post', '/add'],
    ['put', '/retry/completed'],
    ['put', '/concurrency'],
    ['put', '/rate-limit'],
  ] as const)(
    'that would leave the metrics with a job too many or too few is refused and noted: %s %s',
    async (method, path) => {
      await jobIn('waiting', 'j1');
      const { body } = (await change(method, path).expect(403)) as { body: { message: string } };
      expect(body.message).toContain('does not remove, add or edit jobs');
      expect(await stateOf('j1')).toBe('waiting');
      expect(await failFastQueue.use(({ queue }) => queue.count())).toBe(1);
      expect(audit).toEqual([expect.objectContaining({ user: 'someone', status: 403 })]);
    },
  );

  it.each([
    ['delayed', '/j1/promote', { action: 'promote', job_id: 'j1', status: 204 }, 'waiting'],
    ['delayed', '/promote', { action: 'promote all', status: 200 }, 'waiting'],
    ['failed', '/j1/retry', { action: 'retry', job_id: 'j1', status: 204 }, 'waiting'],
    ['failed', '/retry/failed', { action: 'retry all', job_state: 'failed', jobs: 1, status: 200 }, 'waiting'],
    ['completed', '/j1/retry', { action: 'retry', job_id: 'j1', status: 403 }, 'completed'],
    ['waiting', '/pause', { action: 'pause', status: 200 }, 'waiting'],
    ['waiting', '/resume', { action: 'resume', status: 200 }, 'waiting'],
  ] as const)('of a %s job is in the audit log: %s', async (state, path, noted, after) => {
    await jobIn(state, 'j1');
    await change('put', path).expect(noted.status);
    expect(await stateOf('j1')).toBe(after);
    expect(audit).toEqual([{ user: 'someone', address: expect.stringContaining('127.0.0.1'), ...noted }]);
  });

  it('is noted for what is read never', async () => {
    await supertest(served()).get('/queues/api/queues').set('authorization', basic(adminToken)).expect(200);
    expect(audit).toEqual([]);
  });
});

describe('the stream of events', () => {
  let events: EventStream;

  async function serve(snapshot: () => Promise<unknown>, options: EventStreamOptions): Promise<string> {
    events = createEventStream(snapshot, options);
    const { port, close } = await listenOnFreePort(createServer(app({ events })));
    afterTest(close);
    afterTest(() => events.close());
    return `http://127.0.0.1:${port}/status/events`;
  }

  /** The data of a stream's next events. */
  async function* read(url: string): AsyncGenerator<{ n: number }> {
    const abort = new AbortController();
    try {
      const { body } = await fetch(url, { signal: abort.signal });
      let text = '';
      for await (const bytes of body ?? []) {
        text += Buffer.from(bytes).toString('utf8');
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const data = /^event: status\ndata: (.*)$/m.exec(text.slice(0, end))?.[1];
          text = text.slice(end + 2);
          if (data !== undefined) yield JSON.parse(data) as { n: number };
        }
      }
    } finally {
      abort.abort();
    }
  }

  it('makes one snapshot for all viewers, and none without a viewer', async () => {
    let made = 0;
    const url = await serve(async () => ({ n: ++made }), { periodMs: 50 });
    expect(made).toBe(0);
    const [first, second] = [read(url), read(url)];
    await Promise.all([first.next(), second.next()]);
    const seen: [number, number][] = [];
    for (let i = 0; i < 5; i++) {
      const [a, b] = await Promise.all([first.next(), second.next()]);
      seen.push([a.value?.n ?? 0, b.value?.n ?? 0]);
    }
    // The later viewer may have begun one event later; each number was sent to both.
    const numbers = seen.flat();
    expect(new Set(numbers).size).toBeLessThan(numbers.length);
    await Promise.all([first.return(undefined), second.return(undefined)]);
    await until('both have left', () => events.viewers === 0);
    const before = made;
    const third = read(url);
    await third.next();
    expect(made).toBeLessThanOrEqual(before + 2); // no timer went on in between
    await third.return(undefined);
  });

  it('disconnects a viewer that does not read, and serves the others', async () => {
    const large = 'x'.repeat(2_000_000);
    let made = 0;
    const url = new URL(await serve(async () => ({ n: ++made, large }), { periodMs: 50, maxMissed: 5 }));
    const idle = connect(Number(url.port), url.hostname);
    idle.on('error', () => undefined);
    await once(idle, 'connect');
    idle.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
    idle.pause();
    await until('it is seen', () => events.viewers === 1);
    const reader = read(url.href);
    await reader.next();
    // All the time: it would be another that does not read.
    while (events.viewers > 1) expect((await reader.next()).done).toBe(false);
    expect((await reader.next()).done).toBe(false);
    await reader.return(undefined);
    idle.destroy();
  });

  it('has room for so many viewers, and ends with the service', async () => {
    const url = await serve(async () => ({ n: 1 }), { maxViewers: 1 });
    const viewer = request(url).end();
    const [response] = await once(viewer, 'response');
    const refused = await fetch(url);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    await refused.body?.cancel();
    const ended = once(response, 'end');
    response.resume();
    events.close();
    await ended;
    expect((await fetch(url)).status).toBe(503);
  });
});
