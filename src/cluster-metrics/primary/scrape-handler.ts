/**
 * The HTTP side of a registry.
 *
 * Must not know: what is printed, nor by whom it was counted.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { acceptsGzip, formatFor } from './negotiation.js';
import type { Rendering, Scrapable } from './rendering.js';
import { within } from './within.js';

export interface ScrapeHandlerOptions {
  /** The whole answer is bounded by this; past it the scraper gets a 503. Milliseconds; default: 2000. */
  readonly timeoutMs?: number;
}

/**
 * Answers `GET` and `HEAD /metrics` as Prometheus asks: OpenMetrics 1.0.0 or the text format by `Accept`, gzip by
 * `Accept-Encoding`, and only some metrics by `?name[]=`. May be called concurrently.
 *
 * @returns a handler whose promise resolves when the answer was written, or its connection is closed. It rejects with the
 *   error of a rendering that failed, after the scraper got a 500: catch it
 */
export function createScrapeHandler(registry: Scrapable, options: ScrapeHandlerOptions = {}) {
  const timeoutMs = options.timeoutMs ?? 2000;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      plain(response, 405, 'Scrape this address with GET.', { allow: 'GET, HEAD' });
      return;
    }
    const names = namesIn(request.url ?? '');
    try {
      const zipped = acceptsGzip(request.headers['accept-encoding']);
      const answer = await within(
        timeoutMs,
        prepare(registry.scrape({ format: formatFor(request.headers.accept), names }), zipped),
      );
      if (answer === undefined) {
        plain(response, 503, `The metrics were not ready within ${timeoutMs} ms.`, { 'retry-after': '1' });
        return;
      }
      await send(request, response, answer);
    } catch (error) {
      plain(response, 500, 'The metrics could not be rendered.');
      throw error;
    }
  };
}

/** Label values may come from strangers: no browser is to take them for a page. */
const unsniffed = { 'x-content-type-options': 'nosniff' };

interface Answer {
  readonly contentType: string;
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  readonly encoding?: 'gzip';
}

async function prepare(scrape: Promise<Rendering>, zipped: boolean): Promise<Answer> {
  const rendering = await scrape;
  if (!zipped) return rendering;
  const body = await rendering.gzipped();
  return { contentType: rendering.contentType, parts: [body], bytes: body.length, encoding: 'gzip' };
}

async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  response.writeHead(200, {
    'content-type': answer.contentType,
    'content-length': answer.bytes,
    ...(answer.encoding ? { 'content-encoding': answer.encoding } : {}),
    vary: 'accept, accept-encoding',
    'cache-control': 'no-store',
    ...unsniffed,
  });
  if (request.method === 'GET') {
    for (let from = 0; from < answer.parts.length; from += partsPerWrite) {
      if (response.destroyed) return;
      if (writeTogether(response, answer.parts.slice(from, from + partsPerWrite))) continue;
      // A scraper that reads slowly costs what is in its socket, not the rest of the answer.
      await new Promise<void>((resolve) => {
        const go = (): void => {
          response.off('drain', go).off('close', go);
          resolve();
        };
        response.on('drain', go).on('close', go);
      });
    }
  }
  response.end();
}

/** Some 300 kB. */
const partsPerWrite = 64;

/** @returns false when the socket holds enough for now */
function writeTogether(response: ServerResponse, parts: readonly Buffer[]): boolean {
  let hasRoom = true;
  response.cork();
  for (const part of parts) hasRoom = response.write(part);
  response.uncork();
  return hasRoom;
}

function plain(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...unsniffed, ...headers });
  response.end(`${text}\n`);
}

function namesIn(url: string): string[] {
  const query = url.indexOf('?');
  return query < 0 ? [] : new URLSearchParams(url.slice(query)).getAll('name[]');
}
