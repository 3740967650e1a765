import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { exchangeHttp } from '../../../src/connectors/http-exchange.js';
import { listenOnFreePort } from '../../support/http-server.js';

/** What servers and the proxies before them do to a body. */

let answer: RequestListener;
const server = createServer((request, response) => answer(request, response));
let port: number;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ port, close } = await listenOnFreePort(server));
});
afterAll(() => close());

const maxBytes = 100_000;
const ask = (method: 'GET' | 'POST' = 'GET') =>
  exchangeHttp({
    method,
    url: new URL(`http://127.0.0.1:${port}/`),
    headers: {},
    maxBytes,
    timeoutMs: 10_000,
    allowPrivateNetwork: true,
    signal: new AbortController().signal,
  });
const text = '{"answer":"Grüße 👋"}';

describe('the body of an answer', () => {
  it.each([
    ['gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['gzip', Buffer.from(text)],
    ['gzip', deflateSync(text)],
    ['deflate', gzipSync(text)],
    ['deflate', Buffer.from(text)],
    ['br', Buffer.from(text)],
    ['', gzipSync(text)],
    ['gzip, gzip', gzipSync(gzipSync(text))],
    ['br, gzip', gzipSync(brotliCompressSync(text))],
    ['br', brotliCompressSync(text)],
    ['utf-8', Buffer.from(text)],
    ['none', Buffer.from(text)],
    ['identity', Buffer.from(`\uFEFF${text}`)],
  ])('is read, though nothing but plain text was asked for: %s', async (coding, body) => {
    answer = (_, response) => response.setHeader('content-encoding', coding).end(body);
    expect(await ask()).toMatchObject({ kind: 'answered', answer: { text } });
  });

  it.each([
    ['application/json; charset=iso-8859-1', Buffer.from('Grüße', 'latin1')],
    ['application/json; charset="ISO-8859-1"', Buffer.from('Grüße')],
    ['application/json; charset=no-such-charset', Buffer.from('Grüße')],
    ['application/json', Buffer.from('Grüße')],
  ])('is text in its charset, or UTF-8 if it is that: %s', async (type, body) => {
    answer = (_, response) => response.setHeader('content-type', type).end(body);
    expect(await ask()).toMatchObject({ answer: { text: 'Grüße', contentType: 'application/json' } });
  });

  it('is read in chunks that split a character', async () => {
    answer = (_, response) => {
      for (const byte of Buffer.from(text)) response.write(Buffer.from([byte]));
      response.end();
    };
    expect(await ask()).toMatchObject({ kind: 'answered', answer: { text } });
  });

  it.each([
    ['a compressed text that is too large', 'gzip', gzipSync('x'.repeat(maxBytes + 1)), 'too-large'],
    [
      'a compressed body that is too large',
      'gzip',
      Buffer.concat(Array.from({ length: 6000 }, () => gzipSync(''))),
      'too-large',
    ],
    ['an unknown coding', 'zstd', Buffer.from(text), 'encoded'],
    ['a coding that is not its own', 'br', deflateSync(text), 'network'],
    ['more layers than anybody means', 'gzip, gzip, gzip, gzip', gzipSync(text), 'encoded'],
    ['an unknown coding without a text', 'zstd', Buffer.alloc(0), 'encoded'],
    ['a layer that is too large', 'gzip, gzip', gzipSync(gzipSync('x'.repeat(maxBytes + 1))), 'too-large'],
    ['half a compressed text', 'gzip', gzipSync(text).subarray(0, 20), 'network'],
  ])('is refused: %s', async (_, coding, body, failure) => {
    answer = (_request, response) => response.setHeader('content-encoding', coding).end(body);
    expect(await ask()).toMatchObject({ kind: 'unknown', error: { failure } });
  });

  it.each([
    ['shorter than it is said to be', 'content-length: 500\r\n\r\n{}'],
    ['cut off within a chunk', 'transfer-encoding: chunked\r\n\r\n5\r\n{}'],
  ])('is refused: %s', async (_, rest) => {
    answer = ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\n${rest}`);
    expect(await ask()).toMatchObject({ kind: 'unknown', error: { failure: 'network' } });
  });
});

describe('a kept connection that the server closes just as it is used again', () => {
  /** Requests so far; the second is read, and its connection closed without an answer. */
  let asked: number;
  beforeEach(() => {
    asked = 0;
    answer = ({ socket }, response) => {
      asked += 1;
      if (asked === 2) socket.destroy();
      else response.end(text);
    };
  });

  it('is no failure of a request that changes nothing, which is sent once more', async () => {
    await ask();
    expect(await ask()).toMatchObject({ kind: 'answered', answer: { text } });
    expect(asked).toBe(3);
  });

  it('leaves the outcome of another request unknown, which is never sent twice', async () => {
    await ask();
    expect(await ask('POST')).toMatchObject({ kind: 'unknown', error: { failure: 'network' } });
    expect(asked).toBe(2);
  });
});
