import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type RequestListener, type ServerResponse, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { listen } from '../../../src/admin/listen.js';
import type { ServerBounds } from '../../../src/http/bounded-server.js';
import { afterTest } from '../../support/opened.js';
import { served } from '../../support/served.js';
import { until } from '../../support/service.js';

/** Scrapers that open sockets and vanish, or read slowly or not at all. */

const bounds: ServerBounds = {
  headersTimeout: 200,
  requestTimeout: 200,
  keepAliveTimeout: 200,
  socketTimeout: 300,
  connectionsCheckingInterval: 20,
  maxConnections: 20,
};

const start = (handler: RequestListener, overrides: Partial<ServerBounds> = {}) =>
  served(listen('127.0.0.1', 0, handler, { ...bounds, ...overrides }));

function open(port: number, bytes = ''): Socket {
  const socket = connect(port, '127.0.0.1', () => void (bytes !== '' && socket.write(bytes)));
  socket.on('error', () => undefined);
  afterTest(() => socket.destroy());
  return socket;
}

async function scrape(port: number): Promise<number> {
  return new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path: '/metrics', agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', () => resolve(0));
  });
}

const large = Buffer.alloc(32 * 1024 * 1024); // more than the kernel takes

describe('the metrics port', () => {
  const aMinute = 60_000;
  it.each<[string, string, Partial<ServerBounds>]>([
    ['say nothing', '', { socketTimeout: aMinute }],
    ['do not end their request', 'GET /metrics HTTP/1.1\r\nHost: x\r\nX: ', { socketTimeout: aMinute }],
    [
      'keep a connection that they do not use',
      'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n',
      { socketTimeout: aMinute, headersTimeout: aMinute, requestTimeout: aMinute },
    ],
  ])('is free again soon after scrapers took all places that %s', async (_what, bytes, overrides) => {
    const { port } = await start((_request, response) => void response.end('metrics'), overrides);
    const holders = Array.from({ length: bounds.maxConnections }, () => open(port, bytes));
    await Promise.all(holders.map((socket) => once(socket, 'connect')));
    await until('a scrape is answered', async () => (await scrape(port)) === 200, 5000);
  });

  it('closes at once what comes when requests are under way on all connections', async () => {
    let slow = 0;
    const answer: RequestListener = (request, response) => {
      if (request.url === '/metrics') response.end('metrics');
      else slow += 1;
    };
    const { port } = await start(answer, { socketTimeout: aMinute });
    const holders = Array.from({ length: bounds.maxConnections }, () =>
      open(port, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    await until('all are under way', () => slow === bounds.maxConnections, 5000);
    expect(await scrape(port)).toBe(0);
    for (const socket of holders) socket.destroy();
    await until('a scrape is answered', async () => (await scrape(port)) === 200, 5000);
  });

  it.each([
    ['say nothing', ''],
    ['send a byte now and then', 'GET /metrics HTTP/1.1\r\nHost: x\r\nX: '],
    ['keep a connection that they do not use', 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('answers each of 10 probes and scrapes within 1 s beside 1,500 that %s', async (_what, bytes) => {
    // With the bounds that are shipped.
    const { port } = await served(listen('127.0.0.1', 0, (_request, response) => void response.end('metrics')));
    const holders = new Set<Socket>();
    const hold = (): void => {
      const socket = open(port, bytes);
      holders.add(socket);
      socket.once('close', () => holders.delete(socket));
    };
    for (let i = 0; i < 1500; i++) hold();
    const nowAndThen = setInterval(() => {
      if (bytes.endsWith(' ')) for (const socket of holders) socket.write('a');
      // Those that were closed come again.
      for (let i = 0; i < 20 && holders.size < 1500; i++) hold();
    }, 100);
    afterTest(() => clearInterval(nowAndThen));
    await until('all have come', async () => (await scrape(port)) === 200, 5000);
    for (let i = 0; i < 10; i++) {
      const startedMs = performance.now();
      expect(await scrape(port)).toBe(200);
      expect(performance.now() - startedMs).toBeLessThan(1000);
    }
  });

  it('keeps a connection on which an answer is under way, also beside pipelined requests', async () => {
    const answers: ServerResponse[] = [];
    const { port } = await start((request, response) => {
      if (request.url === '/slow') answers.push(response);
      else response.end('metrics');
    });
    const socket = open(port, 'GET /quick HTTP/1.1\r\nHost: x\r\n\r\nGET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    await until('the slow one is under way', () => answers.length === 1);
    const idle = Array.from({ length: 3 * bounds.maxConnections }, () => open(port));
    await until('idle ones were closed', () => idle.filter(({ closed }) => closed).length > bounds.maxConnections);
    answers[0]?.end('done');
    await until('it is answered', () => text.endsWith('done'));
  });

  it('cuts off a scraper that does not read, and keeps one that reads slowly', async () => {
    // Reader and server share this process: a timeout within which it gets no processor would cut off the slow one as well.
    const { server, port } = await start((_request, response) => void response.end(large), { socketTimeout: 2000 });
    const request = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
    const deaf = open(port, request);
    deaf.pause();
    const [connection] = (await once(server, 'connection')) as [Socket];
    const cut = once(connection, 'close');
    const slow = open(port, request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    let bytes = 0;
    slow.on('data', (data) => {
      bytes += data.length;
      slow.pause();
      setImmediate(() => slow.resume());
    });
    await Promise.all([cut, once(slow, 'close')]);
    expect(bytes).toBeGreaterThan(large.length);
  });

  it('keeps serving when scrapers vanish in the middle of their answers', async () => {
    const { port } = await start((_request, response) => void response.end(large));
    for (let i = 0; i < 30; i++) {
      const socket = open(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'data');
      socket.resetAndDestroy();
    }
    expect(await scrape(port)).toBe(200);
  });
});

it('an address that this machine does not have is told in a sentence', async () => {
  await expect(listen('192.0.2.1', 0, () => undefined)).rejects.toThrow(
    'This machine has no address 192.0.2.1. Set METRICS_HOST to one that it has.',
  );
});
