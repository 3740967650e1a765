/**
 * Prints the totals into one answer that any number of scrapes may share.
 *
 * Must not know: how an answer is sent.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { contentTypes, type Format, openMetricsEnd } from './exposition.js';
import type { Family } from './family.js';
import type { Totals } from './totals.js';

const compress = promisify(gzip);

/** Milliseconds of printing, after which other work of the process gets its turn. */
const sliceMs = 4;
/** Pieces are joined to parts of this size, in bytes: few enough for one write each, small enough to join at once. */
const partBytes = 256 * 1024;

/** One printed answer, which any number of scrapes may share. */
export interface Rendering {
  readonly contentType: string;
  /** To be sent one after the other. */
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  /** Series in it. */
  readonly series: number;
  /** The whole compressed, made at the first call. Level 1: the text is so repetitive that more is not worth its time. */
  gzipped(): Promise<Buffer>;
}

export interface ScrapeOptions {
  /** Default: `text`. */
  readonly format?: Format;
  /** Names of metrics or of their samples; none: all. */
  readonly names?: readonly string[];
}

/** What a scrape handler needs of a registry. */
export interface Scrapable {
  scrape(options?: ScrapeOptions): Promise<Rendering>;
}

/**
 * Prints the totals in slices of a few milliseconds. The caller holds changes back meanwhile, so that the answer shows
 * one instant.
 */
export async function render(totals: Totals, format: Format, wanted: (family: Family) => boolean): Promise<Rendering> {
  const parts: Buffer[] = [];
  let pieces: Buffer[] = [];
  let pending = 0;
  let bytes = 0;
  let series = 0;
  const join = (): void => {
    // Always a copy: the pieces are the chunks' own bytes, which the next rendering overwrites.
    parts.push(Buffer.concat(pieces, pending));
    bytes += pending;
    pieces = [];
    pending = 0;
  };
  const add = (buffer: Buffer): void => {
    pieces.push(buffer);
    pending += buffer.length;
    if (pending >= partBytes) join();
  };

  let sliceStart = performance.now();
  for (const piece of totals.print(format, wanted)) {
    add(piece.buffer);
    series += piece.series;
    if (performance.now() - sliceStart < sliceMs) continue;
    await nextTurn();
    sliceStart = performance.now();
  }
  if (format === 'openmetrics') add(Buffer.from(openMetricsEnd));
  if (pending > 0) join();

  let compressed: Promise<Buffer> | undefined;
  return {
    contentType: contentTypes[format],
    parts,
    bytes,
    series,
    gzipped() {
      compressed ??= compress(Buffer.concat(parts, bytes), { level: constants.Z_BEST_SPEED });
      return compressed;
    },
  };
}
