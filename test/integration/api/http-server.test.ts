import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { webhookBounds } from '../../../src/api/http-server.js';
import type { ServerBounds } from '../../../src/http/bounded-server.js';
import { appOver } from '../../support/app-over.js';
import { afterTest } from '../../support/opened.js';
import { serve } from '../../support/served.js';
import { until } from '../../support/service.js';
import { postTicket } from '../../support/webhooks.js';

/** What comes back over a raw socket until it is closed by the other side. */
async function conversation(port: number, talk: (socket: Socket) => void): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  afterTest(() => socket.destroy());
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.once('connect', () => talk(socket));
  await new Promise((resolve) => socket.once('close', resolve)); // also after a reset
  return text;
}

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

function expectProblem(text: string, status: number): void {
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\n`));
  expect(text).toMatch(/\r\nContent-Type: application\/problem\+json/);
  const [, id] = new RegExp(`\r\nX-Correlation-Id: (${uuid})\r\n`).exec(text) ?? [];
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  expect(text).toContain(`Content-Length: ${body.length}\r\n`);
  expect(JSON.parse(body)).toMatchObject({ status, correlation_id: id });
}

describe('what never becomes a request', () => {
  const patient: ServerBounds = {
    headersTimeout: 60_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 60_000,
    socketTimeout: 60_000,
    connectionsCheckingInterval: 50,
    maxConnections: 1000,
  };
  const head = 'POST / HTTP/1.1\r\nHost: x\r\n';

  it.each([
    ['garbage', '\x00\x01\xff\r\n\r\n', 400],
    [
      'content-length with transfer-encoding',
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two content-lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`, 400],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: x\n\n', 400],
    ['a bad chunk', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['an unknown transfer-encoding', `${head}Transfer-Encoding: identity\r\n\r\n{}`, 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['oversized headers', `${head}X: ${'a'.repeat(70_000)}\r\n\r\n`, 431],
    ['chunk extensions without end', `${head}Transfer-Encoding: chunked\r\n\r\n2;${'a'.repeat(70_000)}\r\n`, 413],
  ])('%s: a problem with a correlation id', async (_what, bytes, status) => {
    const { port } = await serve((incoming) => incoming.resume());
    expectProblem(await conversation(port, (socket) => socket.write(bytes, 'latin1')), status);
  });

  it.each([
    ['says nothing', '', { headersTimeout: 200 }],
    ['does not end its headers', `${head}X-Slow: `, { headersTimeout: 200 }],
    ['does not end its body', `${head}Content-Length: 100\r\n\r\n{`, { requestTimeout: 300, headersTimeout: 200 }],
  ])('a client that %s is told that its time is over', async (_what, bytes, hasty) => {
    const { port } = await serve((incoming) => incoming.resume(), { ...patient, ...hasty });
    expectProblem(await conversation(port, (socket) => socket.write(bytes)), 408);
  });

  it('does not break into an answer that is under way', async () => {
    const { port } = await serve((_incoming, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begun');
    });
    const text = await conversation(port, (socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.once('data', () => socket.write('garbage\r\n\r\n'));
    });
    expect(text).toMatch(/\r\n\r\nbegun$/);
  });

  it('comes after an answered request on the same connection', async () => {
    const { port } = await serve((_incoming, response) => void response.end('one'));
    const text = await conversation(port, (socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.once('data', () => socket.write('garbage\r\n\r\n'));
    });
    expectProblem(text.slice(text.lastIndexOf('HTTP/1.1')), 400);
  });

  it('an expectation that is not known is passed over', async () => {
    const { port } = await serve((_incoming, response) => void response.end('served'));
    const text = await conversation(port, (socket) =>
      socket.end('GET / HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nConnection: close\r\n\r\n'),
    );
    expect(text).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('clients that hold connections', () => {
  it('are bounded in time and number without being asked for it', async () => {
    const { server } = await serve((_incoming, response) => void response.end());
    const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = server;
    for (const boundMs of [headersTimeout, requestTimeout, timeout]) {
      expect(boundMs).toBeGreaterThan(0);
      expect(boundMs).toBeLessThanOrEqual(60_000);
    }
    expect(keepAliveTimeout).toBe(65_000);
    expect(webhookBounds.maxConnections).toBe(10_000);
  });

  const bounds: ServerBounds = {
    headersTimeout: 200,
    requestTimeout: 200,
    keepAliveTimeout: 200,
    socketTimeout: 300,
    connectionsCheckingInterval: 20,
    maxConnections: 50,
  };

  it('and send a byte now and then keep no request out, however many they are', async () => {
    const { port, server } = await serve((_incoming, response) => void response.end('served'), bounds);
    const slow = Array.from({ length: bounds.maxConnections }, () =>
      conversation(port, (socket) => {
        socket.write('POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
        const drip = setInterval(() => socket.write('a'), 20);
        socket.once('close', () => clearInterval(drip));
      }),
    );
    let connections = 0;
    server.on('connection', () => connections++);
    await until('they hold all places', () => connections >= bounds.maxConnections);
    for (let i = 0; i < 3; i++) {
      // The slow client that has been connected the longest is closed in its place.
      const text = await conversation(port, (socket) =>
        socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      );
      expect(text).toMatch(/served$/);
    }
    for (const text of await Promise.all(slow)) expect(text === '' || text.startsWith('HTTP/1.1 408 ')).toBe(true);
  });

  it('and do not read their answers are cut off', async () => {
    const { port, server } = await serve((_incoming, response) => {
      response.end(Buffer.alloc(64 * 1024 * 1024)); // more than the kernel takes
    }, bounds);
    const socket = connect(port, '127.0.0.1');
    afterTest(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [connection] = (await once(server, 'connection')) as [Socket];
    await once(connection, 'close');
  });
});

describe('a drain', () => {
  it('finishes what is under way, takes what still comes over open connections, and no new connection', async () => {
    let release = (): void => undefined;
    let draining = false;
    const server = await serve((incoming, response) => {
      if (draining) response.setHeader('connection', 'close');
      if (incoming.url === '/slow') release = () => void response.end('slow');
      else response.end('quick');
    });
    const agent = new Agent({ keepAlive: true });
    afterTest(() => agent.destroy());
    const get = async (path: string): Promise<string> => {
      const [response] = (await once(
        request({ port: server.port, host: '127.0.0.1', path, agent }).end(),
        'response',
      )) as [IncomingMessage];
      let text = '';
      for await (const chunk of response) text += String(chunk);
      return text;
    };
    await get('/'); // this connection is kept
    const slow = get('/slow');
    await once(server.server, 'request');
    draining = true;
    const drained = server.drain(10_000);
    release();
    expect(await slow).toBe('slow');
    expect(await get('/')).toBe('quick');
    const refused = connect(server.port, '127.0.0.1');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    await drained;
  });

  it('answers the request that comes over an idle connection just as it begins', async () => {
    const { port, drain } = await serve((_incoming, response) => void response.end('served'));
    let drained: Promise<void> | undefined;
    const text = await conversation(port, (socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.once('data', () => {
        drained = drain(10_000);
        socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      });
    });
    expect(text.match(/served/g)).toHaveLength(2);
    await drained;
  });

  it.each([
    ['accepted', 202, async () => ({ kind: 'queued', duplicate: false, correlationId: 'c' }) as const],
    ['refused', 503, () => Promise.reject(new Error('no'))],
  ])('tells the client of a request that came before it and is then %s', async (_what, status, outcome) => {
    let draining = false;
    const { app } = appOver({
      draining: () => draining,
      async enqueue() {
        draining = true;
        return outcome();
      },
    });
    const { port } = await serve(app);
    const response = await postTicket(`http://127.0.0.1:${port}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('connection')).toBe('close');
  });

  it('closes at its deadline what does not end', async () => {
    const server = await serve(() => undefined);
    const conversed = conversation(server.port, (socket) => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    await once(server.server, 'request');
    const begun = performance.now();
    await server.drain(100);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(await conversed).toBe('');
  });
});
