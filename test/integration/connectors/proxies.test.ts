import { beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { agentFor, tunnelAgentFor } from '../../../src/connectors/http-agents.js';
import { exchangeHttp, type HttpExchange } from '../../../src/connectors/http-exchange.js';
import { proxyRule } from '../../../src/connectors/proxy.js';
import { freePort } from '../../support/free-port.js';
import { watchParsers } from '../../support/http-parsers.js';
import { listenOnFreePort } from '../../support/http-server.js';
import { afterTest, forTest } from '../../support/opened.js';
import { type ProxyFault, type ProxyOptions, type ProxyServer, startProxy } from '../../support/proxy-server.js';
import { selfSigned } from '../../support/redis-tls.js';

/** Desks and models behind a proxy: whether a request was sent is known as well as without one. */

let tls: { key: Buffer; cert: Buffer };
beforeAll(() => {
  tls = selfSigned('DNS:localhost,DNS:desk.invalid');
});

type Scheme = 'http' | 'https';

/** A desk, whose requests are noted. */
async function startDesk(scheme: Scheme, answer: RequestListener = (_, response) => response.end('ok')) {
  const seen: string[] = [];
  const listener: RequestListener = (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host}`);
    answer(request, response);
  };
  const { port, close } = await listenOnFreePort(
    scheme === 'http' ? createServer(listener) : createTlsServer(tls, listener),
  );
  afterTest(close);
  return { port, seen };
}

const startedProxy = (options?: ProxyOptions): Promise<ProxyServer> =>
  forTest(startProxy(options), (proxy) => proxy.close());

function trusting(proxyUrl: string, allowPrivateNetwork: boolean): void {
  // The test's own certificate, for the agent that the exchange takes.
  const agents = [tunnelAgentFor(new URL(proxyUrl), allowPrivateNetwork), agentFor('https:', true)];
  for (const agent of agents) Object.assign(agent, { options: { ...Reflect.get(agent, 'options'), ca: tls.cert } });
}

interface Asked extends Partial<HttpExchange> {
  readonly noProxy?: string;
}

function ask(url: string, proxyUrl: string, { noProxy, ...exchange }: Asked = {}) {
  const allowPrivateNetwork = exchange.allowPrivateNetwork ?? true;
  trusting(proxyUrl, allowPrivateNetwork);
  return exchangeHttp({
    method: 'POST',
    url: new URL(url),
    headers: { authtoken: 'secret' },
    body: 'x'.repeat(2000),
    maxBytes: 10_000,
    timeoutMs: 5000,
    allowPrivateNetwork,
    proxyFor: proxyRule({ httpProxy: proxyUrl, httpsProxy: proxyUrl, noProxy }),
    signal: new AbortController().signal,
    ...exchange,
  });
}

/** An error of Node's own is of another realm than the code under test, and so shown with its name. */
const wordsOf = (message: string): string =>
  message.replace('Error: socket', 'socket').replace('Error: Parse', 'Parse');

const withCredentials = (url: string): string => url.replace('://', '://me:p%40ss@');

describe.each<Scheme>(['http', 'https'])('a desk at an %s address', (scheme) => {
  it.each<[string, (url: string) => string, ProxyOptions]>([
    ['a proxy', (url) => url, {}],
    ['a proxy with a password', withCredentials, { credentials: 'me:p@ss' }],
  ])('is reached through %s, which resolves its name', async (_what, address, options) => {
    const desk = await startDesk(scheme);
    const proxy = await startedProxy(options);
    const outcome = await ask(`${scheme}://desk.invalid:${desk.port}/notes?a=b`, address(proxy.url), {
      allowPrivateNetwork: false,
    });
    expect(outcome).toMatchObject({ kind: 'answered', answer: { status: 200, text: 'ok' } });
    expect(desk.seen).toEqual([`POST /notes?a=b desk.invalid:${desk.port}`]);
    const host = `desk.invalid:${desk.port}`;
    expect(proxy.requests).toEqual([scheme === 'http' ? `POST http://${host}/notes?a=b` : `CONNECT ${host}`]);
    // The desk's credential is in the tunnel.
    expect(proxy.lastHeaders()['authtoken']).toBe(scheme === 'http' ? 'secret' : undefined);
  });

  it('is reached through a proxy that speaks TLS itself, whose certificate must be trusted', async () => {
    const desk = await startDesk(scheme);
    const proxy = await startedProxy({ tls });
    // The test's certificate is trusted for the first, and not where a tunnel is asked for.
    const outcome = await ask(`${scheme}://localhost:${desk.port}/`, proxy.url, { timeoutMs: 3000 });
    if (scheme === 'http') expect(outcome).toMatchObject({ kind: 'answered', answer: { text: 'ok' } });
    else expect(outcome).toMatchObject({ kind: 'not-sent', error: { message: expect.stringMatching(/certificate/) } });
  });

  it('is reached without it where NO_PROXY says so', async () => {
    const desk = await startDesk(scheme);
    const proxy = await startedProxy();
    const outcome = await ask(`${scheme}://localhost:${desk.port}/`, proxy.url, { noProxy: '.localhost' });
    expect([outcome.kind, proxy.requests, desk.seen.length]).toEqual(['answered', [], 1]);
  });

  const wrongPassword: ProxyOptions = { credentials: 'me:other' };
  const fault = (kind: Exclude<ProxyFault['kind'], 'refuses'>): ProxyOptions => ({ fault: { kind } });
  const refuses = (status: number, reason: string): ProxyOptions => ({ fault: { kind: 'refuses', status, reason } });

  it.each<[string, ProxyOptions, Readonly<Record<Scheme, string>>]>([
    [
      'wants another password',
      wrongPassword,
      {
        http: 'not-sent: it refused the request with 407; check the user and password in HTTP_PROXY',
        https:
          'not-sent: it refused the tunnel with 407 Proxy Authentication Required; check the user and password in HTTPS_PROXY',
      },
    ],
    // Of a refusal in absolute form nobody can tell whose it is.
    [
      'forbids it',
      refuses(403, 'Forbidden'),
      { http: 'answered 403', https: 'not-sent: it refused the tunnel with 403 Forbidden' },
    ],
    [
      'does not reach it',
      refuses(502, 'Bad Gateway'),
      { http: 'answered 502', https: 'not-sent: it refused the tunnel with 502 Bad Gateway' },
    ],
    ['closes the connection', fault('drops'), { http: 'unknown: socket hang up', https: 'not-sent: socket hang up' }],
    ['closes it midway', fault('drops-midway'), { http: 'unknown: socket hang up', https: 'unknown: socket hang up' }],
    ['says nothing', fault('hangs'), { http: 'unknown: timeout', https: 'not-sent: timeout' }],
    [
      'is none',
      fault('garbage'),
      {
        http: 'unknown: Parse Error: Expected HTTP/, RTSP/ or ICE/ (the other side does not speak plain HTTP)',
        https: 'not-sent: Parse Error: Expected HTTP/, RTSP/ or ICE/ (the other side does not speak plain HTTP)',
      },
    ],
  ])('behind a proxy that %s', async (_what, options, expected) => {
    // Midway: the desk has the request and has not answered.
    const desk = await startDesk(
      scheme,
      options.fault?.kind === 'drops-midway' && scheme === 'https' ? () => undefined : undefined,
    );
    const proxy = await startedProxy(options);
    const hangs = options.fault?.kind === 'hangs';
    const outcome = await ask(`${scheme}://localhost:${desk.port}/`, withCredentials(proxy.url), {
      timeoutMs: hangs ? 300 : 5000,
    });
    if (outcome.kind === 'answered') expect(`answered ${outcome.answer.status}`).toBe(expected[scheme]);
    else {
      const { failure, message } = outcome.error;
      const words = wordsOf(message).replace(`localhost:${desk.port} through the proxy localhost:${proxy.port}: `, '');
      expect(`${outcome.kind}: ${failure === 'timeout' ? 'timeout' : words}`).toBe(expected[scheme]);
      expect(message).not.toMatch(/me:|p@ss|p%40ss/);
    }
    expect(desk.seen).toHaveLength(options.fault?.kind === 'drops-midway' ? 1 : 0);
  });

  it('behind a proxy that is not there gets nothing', async () => {
    const outcome = await ask(`${scheme}://desk.invalid/`, `http://127.0.0.1:${await freePort()}`);
    expect(outcome).toMatchObject({
      kind: 'not-sent',
      error: {
        failure: 'network',
        message: expect.stringMatching(
          /^desk\.invalid through the proxy 127\.0\.0\.1:\d+: (Error: )?connect ECONNREFUSED/,
        ),
      },
    });
  });

  it('has its connection reset when the outcome of a request is unknown', async () => {
    const desk = await startDesk(scheme, () => undefined);
    const proxy = await startedProxy();
    const outcome = await ask(`${scheme}://localhost:${desk.port}/`, proxy.url, { timeoutMs: 500 });
    expect(outcome).toMatchObject({ kind: 'unknown', error: { failure: 'timeout' } });
    while (proxy.ends.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect([proxy.ends, desk.seen.length]).toEqual([['reset'], 1]);
  });

  it.each(['127.0.0.1', '10.0.0.1', '[::1]', '169.254.169.254', 'localhost'])(
    'in a private network is refused as without a proxy: %s',
    async (host) => {
      const proxy = await startedProxy();
      const outcome = await ask(`${scheme}://${host}/`, proxy.url, { allowPrivateNetwork: false });
      expect(outcome).toMatchObject({ kind: 'not-sent', error: { failure: 'address-forbidden' } });
      expect(proxy.requests).toEqual([]);
    },
  );
});

it.each<[string, ProxyFault['kind'] | undefined, RequestListener]>([
  ['that ends before the answer', 'drops-midway', () => undefined],
  [
    'that ends within the answer',
    undefined,
    (_, response) => void response.writeHead(200).write('o', () => response.destroy()),
  ],
  ['with an answer that is too large', undefined, (_, response) => response.end('x'.repeat(20_000))],
  [
    'with a damaged compressed answer',
    undefined,
    (_, response) => response.setHeader('content-encoding', 'br').end(Buffer.from([0xff, 0x01])),
  ],
  ['with an answer that is not HTTP', undefined, ({ socket }) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
  ['with half an answer', undefined, ({ socket }) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nx')],
])('the HTTP parser of a TLS connection %s is given back once', async (_what, kind, answer) => {
  const desk = await startDesk('https', answer);
  const proxy = await startedProxy(kind === 'drops-midway' ? { fault: { kind } } : {});
  const parsers = watchParsers();
  const url = `https://localhost:${desk.port}/`;
  expect(await ask(url, proxy.url)).toMatchObject({ kind: 'unknown' });
  while (proxy.ends.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(parsers.freed()).toBeGreaterThan(0);
  expect(parsers.freedTwice()).toBe(0);
  parsers.stop();
});

it('a tunnel is kept for the next request to the same desk', async () => {
  const desk = await startDesk('https');
  const proxy = await startedProxy();
  for (let i = 0; i < 2; i++) expect((await ask(`https://localhost:${desk.port}/`, proxy.url)).kind).toBe('answered');
  expect([proxy.requests.length, desk.seen.length]).toEqual([1, 2]);
});

it('an aborted request that waits for its tunnel was not sent', async () => {
  const proxy = await startedProxy({ fault: { kind: 'hangs' } });
  const controller = new AbortController();
  const outcome = ask('https://desk.invalid/', proxy.url, { signal: controller.signal });
  while (proxy.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  expect(await outcome).toMatchObject({ kind: 'not-sent', error: { failure: 'aborted' } });
});
