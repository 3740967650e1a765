import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { createScrapeHandler } from '../../../src/cluster-metrics/index.js';
import { createPrimary } from '../../support/cluster-link.js';
import { parseExposition } from '../../support/exposition.js';
import { listenOnFreePort } from '../../support/http-server.js';
import { type ClusterRegistry, Counter, Gauge, Histogram } from '../../support/metrics-client.js';
import { afterTest } from '../../support/opened.js';

let registry: ClusterRegistry;
let port: number;

async function listen(
  timeoutMs?: number,
  registered: Parameters<typeof createScrapeHandler>[0] = registry,
): Promise<void> {
  const handler = createScrapeHandler(registered, timeoutMs === undefined ? {} : { timeoutMs });
  const listening = await listenOnFreePort(createServer((request, response) => void handler(request, response)));
  afterTest(listening.close);
  ({ port } = listening);
}

beforeEach(() => {
  registry = createPrimary();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path, headers, method }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe('content negotiation', () => {
  const text = 'text/plain; version=0.0.4; charset=utf-8';
  const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
  /** The third is what Prometheus 2.42 sends, the fourth what 3.x does. */
  it.each([
    ['', text],
    ['*/*', text],
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      openMetrics,
    ],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      openMetrics,
    ],
    ['application/openmetrics-text', openMetrics],
    ['application/openmetrics-text;version=0.0.1', text],
    ['application/openmetrics-text;q=0', text],
    ['application/openmetrics-text;q=0.2, text/plain', text],
    ['application/openmetrics-text; version="1.0.0"; charset=utf-8', openMetrics],
    ['text/*, application/openmetrics-text;q=0.5', text],
    ['text/*;q=0.3, application/openmetrics-text;q=0.5', openMetrics],
    ['application/*', openMetrics],
    ['*/*', text],
    ['text/html, application/xhtml+xml', text],
  ])('Accept: %s', async (accept, contentType) => {
    await listen();
    const answer = await ask('/metrics', accept === '' ? {} : { accept });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(contentType);
    expect(parseExposition(answer.body.toString()).ended).toBe(contentType === openMetrics);
  });

  it.each([
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'gzip'],
    ['gzip;q=0', undefined],
    ['identity', undefined],
  ])('Accept-Encoding: %s', async (accepted, encoding) => {
    new Gauge({ name: 'level', help: 'Level', registers: [registry] }).set(3);
    await listen();
    const answer = await ask('/metrics', { 'accept-encoding': accepted });
    expect(answer.headers['content-encoding']).toBe(encoding);
    const body = encoding === 'gzip' ? gunzipSync(answer.body) : answer.body;
    expect(body.toString()).toMatch(/^level\{role="primary",slot="0"\} 3$/m);
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
  });
});

describe('a scrape', () => {
  it('of some metrics gives those, by their names or their samples’', async () => {
    const registers = [registry as never];
    new Counter({ name: 'a_total', help: 'A', registers }).inc();
    new Counter({ name: 'b_total', help: 'B', registers }).inc();
    new Histogram({ name: 'c_seconds', help: 'C', registers }).observe(1);
    await listen();
    const { body } = await ask('/metrics?name[]=a_total&name%5B%5D=c_seconds_bucket&name[]=none');
    expect([...parseExposition(body.toString()).types.keys()]).toEqual(['a_total', 'c_seconds']);
  });

  it('by HEAD gives the headers', async () => {
    await listen();
    const [head, get] = [await ask('/metrics', {}, 'HEAD'), await ask('/metrics')];
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0.5 * get.body.length);
    expect((await ask('/metrics', {}, 'POST')).status).toBe(405);
  });

  it('is shared by those who ask at once', async () => {
    await listen();
    const renderings = await Promise.all(Array.from({ length: 50 }, () => registry.scrape()));
    // The first had begun when the others asked: they share the one after it.
    expect(new Set(renderings).size).toBe(2);
  });

  it('is never older than its question', async () => {
    const counter = new Counter({ name: 'seen_total', help: 'Seen', registers: [registry] });
    await listen();
    const values = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        if (i % 10 === 0) await sleep(1);
        counter.inc();
        const before = (await counter.get()).values[0]?.value ?? 0;
        const { body } = await ask('/metrics');
        return [before, Number(/^seen_total\S* (\d+)$/m.exec(body.toString())?.[1])] as const;
      }),
    );
    for (const [before, seen] of values) expect(seen).toBeGreaterThanOrEqual(before);
  });

  it('is not held up by a collect function of the primary that never ends', async () => {
    registry.close();
    registry = createPrimary({ collectTimeoutMs: 50 });
    new Gauge({
      name: 'stuck',
      help: 'Stuck',
      registers: [registry],
      collect: () => new Promise<void>(() => {}),
    });
    new Gauge({ name: 'level', help: 'Level', registers: [registry] }).set(3);
    await listen();
    const start = performance.now();
    const { status, body } = await ask('/metrics');
    expect(status).toBe(200);
    expect(performance.now() - start).toBeLessThan(2000); // SCRAPE_TIMEOUT_MS, as it comes
    expect(body.toString()).toMatch(/^level\S* 3$/m);
  });

  it('ends by its deadline', async () => {
    registry.close();
    registry = createPrimary({ beforeScrape: () => sleep(5000, undefined, { ref: false }), collectTimeoutMs: 5000 });
    await listen(50);
    const answer = await ask('/metrics');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.body.toString()).toBe('The metrics were not ready within 50 ms.\n');
  });

  it.each([
    ['0.05', 'The metrics were not ready within 50 ms.\n'],
    ['10', 'The metrics were not ready within 200 ms.\n'],
    ['soon', 'The metrics were not ready within 200 ms.\n'],
    ['-1', 'The metrics were not ready within 200 ms.\n'],
  ])('ends by the deadline of a scraper that waits %s seconds, if it is the shorter one', async (seconds, said) => {
    registry.close();
    registry = createPrimary({ beforeScrape: () => sleep(5000, undefined, { ref: false }), collectTimeoutMs: 5000 });
    await listen(200);
    const answer = await ask('/metrics', { 'x-prometheus-scrape-timeout-seconds': seconds });
    expect([answer.status, answer.body.toString()]).toEqual([503, said]);
  });

  it('gives the printing that scrapes share at least a fifth of a second, however short a scraper waits', async () => {
    const times: unknown[] = [];
    const scrape = registry.scrape.bind(registry);
    jest.spyOn(registry, 'scrape').mockImplementation((options) => {
      times.push(options?.withinMs);
      return scrape(options);
    });
    await listen();
    for (const seconds of ['0.001', '1', '10'])
      await ask('/metrics', { 'x-prometheus-scrape-timeout-seconds': seconds });
    expect(times).toEqual([200, 400, 800]); // two fifths of 0.5 s, 1 s and 2 s
  });

  it('is sent as it is when there is no time left to compress it, and printed within a part of the time', async () => {
    let withinMs: number | undefined;
    const text = 'level 3\n';
    await listen(100, {
      async scrape(options) {
        withinMs = options?.withinMs;
        return {
          contentType: 'text/plain; version=0.0.4; charset=utf-8',
          parts: [Buffer.from(text)],
          bytes: text.length,
          series: 1,
          outdated: 0,
          gzipped: () => new Promise(() => {}),
        };
      },
    });
    const { status, headers, body } = await ask('/metrics', { 'accept-encoding': 'gzip' });
    expect([status, headers['content-encoding'], body.toString()]).toEqual([200, undefined, text]);
    expect(withinMs).toBe(40);
  });

  it('survives scrapers that go away', async () => {
    await listen();
    for (let i = 0; i < 50; i++) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.destroy();
    }
    expect((await ask('/metrics')).status).toBe(200);
  });
});

it('keeps prom-client’s contract', async () => {
  await listen();
  new Gauge({ name: 'level', help: 'Level', registers: [registry] }).set(3);
  expect(await registry.clusterMetrics()).toMatch(/^level\S* 3$/m);
  expect(registry.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  registry.setContentType('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(await registry.clusterMetrics()).toMatch(/# EOF\n$/);
});
