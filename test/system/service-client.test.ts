import { describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { runCommand } from '../support/command-line.js';
import { freePort } from '../support/free-port.js';
import { listenOnFreePort } from '../support/http-server.js';
import { afterTest } from '../support/opened.js';

async function listening(server: Parameters<typeof listenOnFreePort>[0]): Promise<number> {
  const { port, close } = await listenOnFreePort(server);
  afterTest(close);
  return port;
}

const http = (answer: RequestListener) => () => listening(createServer(answer));
const closesAtOnce = () => listening(createTcpServer((socket) => void socket.once('data', () => socket.destroy())));

const anotherPort =
  'Is this the metrics port of a ticket-enhancer? It is METRICS_HOST and METRICS_PORT, or the address given with --url, without a path.';

describe('what is at the metrics port', () => {
  it.each<[string, () => Promise<number>, string, 'http' | 'https', RegExp | string]>([
    [
      'nothing',
      freePort,
      'UNREACHABLE',
      'http',
      /^Nothing answers at http:\/\/127\.0\.0\.1:\d+ \(the connection is refused\)\./,
    ],
    [
      'a server that closes the connection',
      closesAtOnce,
      'UNREACHABLE',
      'http',
      /^The request to http:\/\/127\.0\.0\.1:\d+ failed \((other side closed|read ECONNRESET)\)\./,
    ],
    [
      'a server without TLS',
      http((_request, response) => void response.end()),
      'UNREACHABLE',
      'https',
      /^The request to https:\S+ failed \(SSL routines: [a-z ]+/,
    ],
    [
      'a problem document',
      http((_request, response) => void response.writeHead(404).end('{"detail":"There is no such address here."}')),
      'STRANGE_ANSWER',
      'http',
      `answered with HTTP 404: There is no such address here. ${anotherPort}`,
    ],
    [
      'a page of another server',
      http((_request, response) => void response.writeHead(502).end('<html>')),
      'STRANGE_ANSWER',
      'http',
      `answered with HTTP 502. ${anotherPort}`,
    ],
    [
      'another API',
      http((_request, response) => void response.end('{"status":"fine"}')),
      'STRANGE_ANSWER',
      'http',
      'answered with HTTP 200 in a form that this command does not know',
    ],
    [
      'an answer that breaks off',
      http((_request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{');
        setImmediate(() => response.destroy());
      }),
      'UNREACHABLE',
      'http',
      /^http:\S+\/(?:status|metrics) answered with HTTP 200, but its answer did not end: /,
    ],
  ])('%s is told by what it is', async (_what, start, code, protocol, words) => {
    const url = `${protocol}://127.0.0.1:${await start()}`;
    const { stdout, stderr } = await runCommand(['top', '--json', '--url', url]);
    expect(stdout).toBe('');
    const { error } = JSON.parse(stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    if (typeof words === 'string') expect(error.message).toContain(words);
    else expect(error.message).toMatch(words);
  });
});
