/**
 * The HTTP side of a registry: which format, coding and metrics a scraper asks for, and how an answer is written.
 * Must not know: what is printed, nor by whom it was counted.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Rendering, ScrapeOptions } from '../contract.js';
import type { Format } from '../printing/exposition.js';
import { within } from '../../wire/pace.js';

/** What a handler needs of a registry. */
interface Scrapable {
  scrape(options?: ScrapeOptions): Promise<Rendering>;
}

export interface ScrapeHandlerOptions {
  /**
   * The answer begins within this time. For two fifths of it series are taken in and printed: see `ScrapeOptions.withinMs`.
   * What cannot be compressed in time is sent as it is, and a scraper gets a 503 if there is nothing to be sent. A
   * scraper's own shorter timeout (`X-Prometheus-Scrape-Timeout-Seconds`) is used instead. Milliseconds; default: 2000.
   */
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
  const { timeoutMs: mostMs = 2000 } = options;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      plain(response, 405, 'Scrape this address with GET.', { allow: 'GET, HEAD' });
      return;
    }
    const { accept, 'accept-encoding': encoding } = request.headers;
    const startMs = performance.now();
    const timeoutMs = Math.min(mostMs, patienceOf(request));
    const sharedMs = Math.min(mostMs, leastSharedMs);
    const inTime = <T>(task: Promise<T>) => within(startMs + answerShare * timeoutMs - performance.now(), task);
    try {
      const names = namesIn(request.url ?? '');
      const rendering = await inTime(
        registry.scrape({ format: formatFor(accept), names, withinMs: printingShare * Math.max(timeoutMs, sharedMs) }),
      );
      if (rendering === undefined) {
        plain(response, 503, `The metrics were not ready within ${timeoutMs} ms.`, { 'retry-after': '1' });
        return;
      }
      const zipped = acceptsGzip(encoding) ? await inTime(rendering.gzipped()) : undefined;
      const parts = zipped === undefined ? rendering.parts : [zipped];
      response.writeHead(200, {
        'content-type': rendering.contentType,
        'content-length': parts.reduce((sum, { length }) => sum + length, 0),
        ...(zipped === undefined ? {} : { 'content-encoding': 'gzip' }),
        vary: 'accept, accept-encoding',
        'cache-control': 'no-store',
        ...unsniffed,
      });
      if (request.method === 'GET') await write(response, parts);
      response.end();
    } catch (error) {
      plain(response, 500, 'The metrics could not be rendered.');
      throw error;
    }
  };
}

/** Of the time for an answer: for printing, so that a second scrape has time that came during the first; and until it is sent. */
const printingShare = 0.4;
const answerShare = 0.95;

/** Scrapes at the same time share one printing, so a scraper with less time than this does not shorten it for the others. Milliseconds. */
const leastSharedMs = 500;

/** How long the scraper waits for its answer, milliseconds. */
function patienceOf({ headers }: IncomingMessage): number {
  const seconds = Number(headers['x-prometheus-scrape-timeout-seconds']);
  return seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY;
}

/** Label values may come from outside: a browser must not interpret them as a page. */
const unsniffed = { 'x-content-type-options': 'nosniff' };

/** Some hundred kB. */
const partsPerWrite = 64;

async function write(response: ServerResponse, parts: readonly Buffer[]): Promise<void> {
  for (let from = 0; from < parts.length && !response.destroyed; from += partsPerWrite) {
    response.cork();
    let hasRoom = true;
    for (const part of parts.slice(from, from + partsPerWrite)) hasRoom = response.write(part);
    response.uncork();
    if (hasRoom) continue;
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

/** A part of an Accept header. */
interface Range {
  readonly name: string;
  readonly version: string | undefined;
  readonly quality: number;
}

const openMetricsType = 'application/openmetrics-text';

/** The format that is asked for (RFC 9110, section 12.5.1): text, unless OpenMetrics 1.0.0 is asked for by its name and at least as much. */
function formatFor(accept = ''): Format {
  const ranges = rangesIn(accept).filter(({ name, version = '1.0.0' }) => {
    return name !== openMetricsType || version === '1.0.0';
  });
  const openMetrics = qualityOf(ranges, [openMetricsType, 'application/*', '*/*']);
  const text = qualityOf(ranges, ['text/plain', 'text/*', '*/*']);
  const isNamed = ranges.some(({ name }) => name === openMetricsType);
  return openMetrics > text || (isNamed && openMetrics > 0 && openMetrics === text) ? 'openmetrics' : 'text';
}

/** RFC 9110, section 12.5.3. */
function acceptsGzip(acceptEncoding: string | string[] = ''): boolean {
  const ranges = rangesIn(String(acceptEncoding));
  return qualityOf(ranges, ['gzip', '*']) > 0 || qualityOf(ranges, ['x-gzip']) > 0;
}

/** The most specific range that is there counts. @param names most specific first */
function qualityOf(ranges: readonly Range[], names: readonly string[]): number {
  for (const name of names) {
    const matching = ranges.filter((range) => range.name === name);
    if (matching.length > 0) return Math.max(...matching.map(({ quality }) => quality));
  }
  return 0;
}

/** What is between commas or semicolons; those in quotes are a part of a value. */
const betweenCommas = /(?:"[^"]*"|[^,])+/g;
const betweenSemicolons = /(?:"[^"]*"|[^;])+/g;

function rangesIn(header: string): Range[] {
  return (header.toLowerCase().match(betweenCommas) ?? []).map((range) => {
    const [name = '', ...parameters] = range.match(betweenSemicolons) ?? [];
    const values = new Map(
      parameters.map((parameter) => {
        const [key = '', value = ''] = parameter.replaceAll('"', '').split('=');
        return [key.trim(), value.trim()];
      }),
    );
    return { name: name.trim(), version: values.get('version'), quality: Number(values.get('q') ?? 1) || 0 };
  });
}
