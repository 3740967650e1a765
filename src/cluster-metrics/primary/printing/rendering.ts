/**
 * Prints series into one answer that any number of scrapes may share, from chunks of them that are kept printed. Lines are
 * written by the series (`totals/*-series.ts`).
 * Must not know: what a series prints, nor how an answer is compressed and sent.
 */
import type { Rendering } from '../contract.js';
import { contentTypes, type Format, openMetricsEnd } from './exposition.js';
import { gzip, Piece } from './gzip.js';
import { Pace } from '../../wire/pace.js';

export interface Printable {
  /** Its lines now; empty when it has nothing to say. */
  print(format: Format): string;
}

/** Some neighbouring series that are kept printed, so that a scrape prints what has changed alone. */
export class Chunk {
  readonly series = new Set<Printable>();
  /**
   * As it was printed last. No object stands between it and the pieces: the engine would allocate a small literal that lives from one
   * scrape to the next in its old generation at once, where even dead ones keep their pieces until a full garbage collection.
   */
  readonly #pieces: Record<Format, Piece | undefined> = { text: undefined, openmetrics: undefined };
  readonly #isCurrent: Record<Format, boolean> = { text: false, openmetrics: false };

  /** @param linesPerSeries of the text format, of a series that prints any */
  constructor(private readonly linesPerSeries: number) {}

  /** To be called when a series was added, removed or updated. */
  changed(): void {
    this.#isCurrent.text = false;
    this.#isCurrent.openmetrics = false;
  }

  isCurrent(format: Format): boolean {
    return this.#isCurrent[format];
  }

  piece(format: Format): Piece | undefined {
    return this.#pieces[format];
  }

  /** Prints it as it is now, unless nothing has changed since. */
  print(format: Format): void {
    if (this.#isCurrent[format]) return;
    let text = '';
    let lines = 0;
    for (const series of this.series) {
      const printed = series.print(format);
      if (printed === '') continue;
      text += printed;
      lines += this.linesPerSeries;
    }
    const other = format === 'text' ? 'openmetrics' : 'text';
    // A format that is asked for no longer must not keep its bytes.
    if (!this.#isCurrent[other]) this.#pieces[other] = undefined;
    this.#pieces[format] = new Piece(text, lines);
    this.#isCurrent[format] = true;
  }
}

/** One metric, as far as it is printed. */
interface PrintedFamily {
  readonly headers: Readonly<Record<Format, Piece>>;
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
  for (const { headers, chunks, linesPerSeries } of families) {
    pieces.push(headers[format]);
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
