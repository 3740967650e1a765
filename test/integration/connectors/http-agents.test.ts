import { beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener, request as plainRequest } from 'node:http';
import { createServer as createTlsServer, request } from 'node:https';
import { connect, createServer as createTcpServer, type LookupFunction } from 'node:net';
import { agentFor, resetConnection } from '../../../src/connectors/http-agents.js';
import { listenOnFreePort } from '../../support/http-server.js';
import { afterTest } from '../../support/opened.js';
import { selfSigned } from '../../support/redis-tls.js';

/** How a connection ends whose request may have been acted on. */

let key: Buffer;
let cert: Buffer;
beforeAll(() => {
  ({ key, cert } = selfSigned('DNS:localhost'));
});

async function listen(server: Parameters<typeof listenOnFreePort>[0]): Promise<number> {
  const { port, close } = await listenOnFreePort(server);
  afterTest(close);
  return port;
}

/** A TCP forwarder in front, which sees whether a connection ends by a reset: a TLS server does not tell. */
async function forwarderTo(port: number): Promise<{ port: number; ended: Promise<'reset' | 'closed'> }> {
  let tell: (how: 'reset' | 'closed') => void = () => undefined;
  const ended = new Promise<'reset' | 'closed'>((resolve) => (tell = resolve));
  const forwarder = createTcpServer((client) => {
    const server = connect(port, '127.0.0.1');
    client.on('error', (error: NodeJS.ErrnoException) => tell(error.code === 'ECONNRESET' ? 'reset' : 'closed'));
    client.on('end', () => tell('closed'));
    server.on('error', () => undefined);
    client.pipe(server).pipe(client);
  });
  return { port: await listen(forwarder), ended };
}

describe('a connection', () => {
  it.each(['http:', 'https:'] as const)(
    'of %s is reset, so that the kernel sends nothing more of it',
    async (protocol) => {
      const server = protocol === 'https:' ? createTlsServer({ key, cert }) : createServer();
      const received = once(server, 'request');
      const forwarder = await forwarderTo(await listen(server));
      const url = `${protocol}//localhost:${forwarder.port}/`;
      const agent = agentFor(protocol, true);
      const sent = protocol === 'https:' ? request(url, { agent, ca: cert }) : plainRequest(url, { agent });
      sent.on('error', () => undefined);
      sent.end();
      await received;
      if (sent.socket) resetConnection(sent.socket);
      expect(await forwarder.ended).toBe('reset');
    },
  );

  it('of TLS that is refused, or whose certificate is not trusted, ends its request', async () => {
    const server = createTlsServer({ key, cert });
    const port = await listen(server);
    for (const url of [`https://localhost:${port}/`, 'https://localhost:1/', 'https://nowhere.invalid/']) {
      const failed = new Promise((resolve) =>
        request(url, { agent: agentFor('https:', true) })
          .on('error', resolve)
          .end(),
      );
      expect(await failed).toMatchObject({
        code: expect.stringMatching(/SELF_SIGNED|ECONNREFUSED|ENOTFOUND|EAI_AGAIN/),
      });
    }
  });

  it('of TLS is kept for the next request to the same server', async () => {
    const server = createTlsServer({ key, cert }, (_request, response) => response.end('ok'));
    const url = `https://localhost:${await listen(server)}/`;
    const reused: boolean[] = [];
    for (let i = 0; i < 2; i++) {
      const sent = request(url, { agent: agentFor('https:', true), ca: cert }).end();
      const [response] = await once(sent, 'response');
      response.resume();
      await once(response, 'close');
      reused.push(sent.reusedSocket);
    }
    expect(reused).toEqual([false, true]);
  });

  it.each(['http:', 'https:'] as const)(
    'of %s is made though the machine is so busy that its answer is seen late, and the host has another address',
    async (protocol) => {
      const answer: RequestListener = (_request, response) => response.end('ok');
      const server = protocol === 'https:' ? createTlsServer({ key, cert }, answer) : createServer(answer);
      const port = await listen(server);
      const lookup: LookupFunction = (_name, _options, found) => {
        found(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '::1', family: 6 },
        ]);
        // By now both the connection and the timer of Node's default are due, and timers come first.
        const untilMs = performance.now() + 400;
        while (performance.now() < untilMs);
      };
      const options = { agent: agentFor(protocol, true), host: 'localhost', port, lookup };
      const sent = protocol === 'https:' ? request({ ...options, ca: cert }) : plainRequest(options);
      const [response] = await once(sent.end(), 'response');
      response.resume();
      await once(response, 'close');
    },
  );
});
