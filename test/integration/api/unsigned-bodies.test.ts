import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createBodyBudget } from '../../../src/api/body-budget.js';
import { appOver } from '../../support/app-over.js';
import { afterTest } from '../../support/opened.js';
import { serve } from '../../support/served.js';
import { until } from '../../support/service.js';
import { postTicket } from '../../support/webhooks.js';

/** Bodies whose sender is not proved, over real sockets: their bytes are bounded, and desks are served beside them. */

const mebibyte = 1024 * 1024;
const limit = 64 * mebibyte;

async function start() {
  const budget = createBodyBudget(limit);
  const { app, events } = appOver({ bodyBudget: budget });
  const { port, url } = await serve(app);
  return { budget, events, port, url };
}

interface Conversation {
  readonly socket: Socket;
  readonly text: string;
}

function converse(port: number, ...bytes: (string | Buffer)[]): Conversation {
  const socket = connect(port, '127.0.0.1');
  afterTest(() => socket.destroy());
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  for (const some of bytes) socket.write(some);
  return {
    socket,
    get text() {
      return text;
    },
  };
}

const head = (headers: string) =>
  `POST /webhook/servicedesk HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n`;
const looksSigned = `X-ServiceDesk-Signature: ${'0'.repeat(64)}\r\n`;
const unfinished = Buffer.alloc(mebibyte - 1, ' ');

it('700 unfinished bodies of 1 MiB take no more than the budget, and a desk is served beside them', async () => {
  const { budget, events, port, url } = await start();
  const before = process.memoryUsage().arrayBuffers;
  const clients: Conversation[] = [];
  let mostHeld = 0;
  let mostBuffers = 0;
  for (let i = 0; i < 700; i++) {
    clients.push(converse(port, head(`${looksSigned}Content-Length: ${mebibyte}\r\n`), unfinished));
    if (i % 50 !== 49) continue;
    expect((await postTicket(url)).status).toBe(202);
    mostHeld = Math.max(mostHeld, budget.heldBytes);
    mostBuffers = Math.max(mostBuffers, process.memoryUsage().arrayBuffers - before);
  }
  await until('all but those in the budget are refused', () => events.filter(isOverloaded).length >= 700 - 64, 60_000);
  expect((await postTicket(url)).status).toBe(202);
  expect(Math.max(mostHeld, budget.heldBytes)).toBeLessThanOrEqual(limit);
  // Buffers that were given up are collected later; without the budget it would be 700 MiB.
  expect(mostBuffers).toBeLessThan(4 * limit);

  const [oldest] = clients;
  if (oldest === undefined) throw new Error('no client');
  await until('the oldest has its answer', () => oldest.socket.closed);
  expect(oldest.text).toMatch(/^HTTP\/1.1 503 .*\r\n/);
  expect(oldest.text).toMatch(/\r\nRetry-After: 1\r\n/);
  expect(oldest.text).toMatch(/\r\nConnection: close\r\n/);
  for (const { socket } of clients) socket.destroy();
  await until('the budget is free', () => budget.heldBytes === 0);
});

const isOverloaded = (event: string): boolean => event === 'rejected unknown overloaded';

it('a body that no header can prove is refused before it is read', async () => {
  const { budget, events, port } = await start();
  const client = converse(port, head(`Content-Length: ${mebibyte}\r\n`));
  await until('it is answered', () => client.text.includes('\r\n\r\n{'));
  expect(client.text).toMatch(/^HTTP\/1.1 401 /);
  expect(events).toEqual(['rejected unknown unauthorized']);
  expect(budget.heldBytes).toBe(0);
  await once(client.socket, 'close');
});

it.each([
  ['media type', 'Content-Encoding: gzip\r\n', 415],
  ['declared size', `Content-Length: ${mebibyte + 1}\r\n`, 413],
  ['signature headers', `Content-Length: 16385\r\n`, 401],
  ['signature headers, of a body of unknown length', 'Transfer-Encoding: chunked\r\n', 401],
  ['an empty signature header', 'X-Desk-Token:\r\nContent-Length: 16385\r\n', 401],
])('what is looked at before the body: %s', async (_what, headers, status) => {
  const { port } = await start();
  const hasLength = /Length|Transfer/.test(headers);
  const client = converse(port, head(hasLength ? headers : `${headers}Content-Length: 10\r\n`));
  await until('it is answered', () => client.text !== '');
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

it('a body is refused as soon as it is longer than 1 MiB, though it did not say so', async () => {
  const { budget, port } = await start();
  const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
  const client = converse(port, head(`${looksSigned}Transfer-Encoding: chunked\r\n`), chunk.repeat(17));
  await until('it is answered', () => client.text !== '');
  expect(client.text).toMatch(/^HTTP\/1.1 413 /);
  expect(budget.heldBytes).toBe(0);
});

it('a body in chunks of a byte holds no more than its length needs', async () => {
  const { budget, port } = await start();
  const client = converse(port, head(`${looksSigned}Transfer-Encoding: chunked\r\n`), '1\r\n \r\n'.repeat(100_000));
  await until('it is received', () => budget.heldBytes >= 100_000);
  expect(budget.heldBytes).toBeLessThanOrEqual(200_000);
  client.socket.write('0\r\n\r\n');
  await until('it is answered', () => client.text !== '');
  expect(client.text).toMatch(/^HTTP\/1.1 400 /);
});

it('a client that waits for its answer before it has sent all gets it, and so does one that keeps sending', async () => {
  const { port } = await start();
  const client = converse(port, head(`Content-Length: ${mebibyte}\r\n`), unfinished, ' ');
  await once(client.socket, 'close');
  expect(client.text).toMatch(/^HTTP\/1.1 401 [\s\S]*\r\n\r\n\{.*\}$/);
});

it.each([
  ['malformed JSON', '{"tenant_id":', 400],
  ['what is not an object', '[]', 400],
  ['a ticket without a field', '{"tenant_id":"acme"}', 401],
])('a short body without a signature is read, and its JSON is judged first: %s', async (_what, body, status) => {
  const { port, events } = await start();
  const client = converse(port, head(`Content-Length: ${body.length}\r\n`), body);
  await until('it is answered', () => client.text.includes('{'));
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(events).toEqual([`rejected ${status === 400 ? 'unknown malformed_json' : 'acme unauthorized'}`]);
});

it('an unsigned request whose body has come keeps its connection', async () => {
  const { port } = await start();
  const request = `${head('Content-Length: 2\r\n')}{}`;
  const client = converse(port, request);
  await until('it is answered', () => client.text.includes('{'));
  client.socket.write(request);
  await until('the next one too', () => client.text.match(/HTTP\/1\.1 401 /g)?.length === 2);
  expect(client.text).not.toContain('Connection: close');
});
