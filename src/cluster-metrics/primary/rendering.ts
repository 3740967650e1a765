/**
 * Prints the totals into one answer that any number of scrapes may share.
 *
 * Must not know: how an answer is sent.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { contentTypes, type Format, openMetricsEnd } from './exposition.js';
import type { Family } from './family.js';
import { gzip, Piece } from './piece.js';
import type { Totals } from './totals.js';

/** Milliseconds of printing, after which other work of the process gets its turn. */
const sliceMs = 4;

/** One printed answer, which any number of scrapes may share. */
export interface Rendering {
  readonly contentType: string;
  /** To be sent one after the other; some 5 kB each. */
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  /** Series in it. */
  readonly series: number;
  /** The whole compressed, made at the first call. What has not changed since an earlier answer is not compressed again. */
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

const openMetricsEnding = new Piece(Buffer.from(openMetricsEnd), 0);

/**
 * Prints the totals in slices of a few milliseconds. The caller holds changes back meanwhile, so that the answer shows
 * one instant.
 */
export async function render(totals: Totals, format: Format, wanted: (family: Family) => boolean): Promise<Rendering> {
  const pieces: Piece[] = [];
  let sliceStart = performance.now();
  for (const piece of totals.print(format, wanted)) {
    pieces.push(piece);
    if (performance.now() - sliceStart < sliceMs) continue;
    await nextTurn();
    sliceStart = performance.now();
  }
  if (format === 'openmetrics') pieces.push(openMetricsEnding);
  let compressed: Promise<Buffer> | undefined;
  return {
    contentType: contentTypes[format],
    parts: pieces.map(({ bytes }) => bytes),
    bytes: pieces.reduce((sum, { bytes }) => sum + bytes.length, 0),
    series: pieces.reduce((sum, { series }) => sum + series, 0),
    gzipped() {
      compressed ??= gzip(pieces);
      return compressed;
    },
  };
}
