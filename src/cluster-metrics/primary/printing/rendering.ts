/**
 * Prints series into one answer that any number of scrapes may share.
 * Must not know: what a series prints, nor how an answer is sent.
 */
import type { Rendering } from '../contract.js';
import { contentTypes, type Format, openMetricsEnd } from './exposition.js';
import { gzip } from './gzip.js';
import { Pace } from '../../wire/pace.js';
import { type Chunk, Piece } from './piece.js';

/** One metric, as far as it is printed. */
interface PrintedFamily {
  readonly naming: Readonly<Record<Format, { readonly header: Piece }>>;
  readonly chunks: Iterable<Chunk>;
  readonly linesPerSeries: number;
}

const openMetricsEnding = new Piece(openMetricsEnd, 0);

/**
 * Prints what has changed, in slices of a few milliseconds. The caller holds changes back meanwhile, so that the answer shows
 * one instant. What there is no time for is shown as it was printed last, or not yet.
 *
 * @param firstChunk where printing starts: after the chunk that the answer before had time for
 * @param untilMs of `performance.now()`
 */
export async function render(
  families: readonly PrintedFamily[],
  format: Format,
  firstChunk: number,
  untilMs: number,
): Promise<Rendering & { readonly nextChunk: number }> {
  const chunks = families.flatMap((family) => [...family.chunks]);
  const pace = new Pace();
  let printed = 0;
  while (printed < chunks.length) {
    chunks[(firstChunk + printed++) % chunks.length]?.print(format);
    if (!pace.isDue) continue;
    if (performance.now() >= untilMs) break;
    await pace.turn();
  }
  const pieces: Piece[] = [];
  let outdated = 0;
  for (const { naming, chunks, linesPerSeries } of families) {
    pieces.push(naming[format].header);
    for (const chunk of chunks) {
      const piece = chunk.piece(format);
      if (piece !== undefined) pieces.push(piece);
      if (!chunk.isCurrent(format)) outdated += chunk.series.size * linesPerSeries;
    }
  }
  if (format === 'openmetrics') pieces.push(openMetricsEnding);
  let compressed: Promise<Buffer> | undefined;
  return {
    contentType: contentTypes[format],
    parts: pieces.map(({ bytes }) => bytes),
    bytes: pieces.reduce((sum, { bytes }) => sum + bytes.length, 0),
    series: pieces.reduce((sum, { series }) => sum + series, 0),
    outdated,
    gzipped: () => (compressed ??= gzip(pieces)),
    nextChunk: printed < chunks.length ? firstChunk + printed : 0,
  };
}
