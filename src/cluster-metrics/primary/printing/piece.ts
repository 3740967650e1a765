/**
 * Neighbouring lines as bytes that any number of answers share, and the chunks of series that are kept so.
 * Must not know: what the lines mean, nor how bytes are compressed.
 */
import type { Format } from './exposition.js';

/** Printed bytes, which never change. */
export class Piece {
  readonly bytes: Buffer;
  /** Compressed together with these neighbours, in the answer that had it last. */
  run: Run | undefined;
  /** Compressed by itself. */
  deflated: Uint8Array | undefined;

  constructor(
    text: string,
    /** Lines of the text format in it that are series. */
    readonly series: number,
  ) {
    this.bytes = Buffer.from(text);
  }
}

export interface Run {
  readonly pieces: readonly Piece[];
  readonly deflated: Promise<Uint8Array>;
}

export interface Printable {
  /** How many lines of the text format it prints, if any. */
  readonly lines: number;
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

  /** To be called when a series was added, removed or updated. */
  changed(): void {
    this.#isCurrent.text = false;
    this.#isCurrent.openmetrics = false;
  }

  isCurrent(format: Format): boolean {
    return this.#isCurrent[format];
  }

  /** As it was printed last. */
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
      lines += series.lines;
    }
    const other = format === 'text' ? 'openmetrics' : 'text';
    // A format that is asked for no longer must not keep its bytes.
    if (!this.#isCurrent[other]) this.#pieces[other] = undefined;
    this.#pieces[format] = new Piece(text, lines);
    this.#isCurrent[format] = true;
  }
}
