/**
 * Neighbouring lines as bytes that any number of answers share, plain and compressed.
 *
 * Must not know: what the lines mean.
 */
import { constants, deflateRawSync } from 'node:zlib';
import type { Format } from './exposition.js';

/**
 * Blocks of DEFLATE (RFC 1951) that end at a byte and are not the last of their stream, so that those of several pieces can
 * stand one after the other. Level 1: the text is so repetitive that more is not worth its time.
 */
export const deflateOptions = { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH };

/** Printed bytes, which never change. */
export class Piece {
  readonly bytes: Buffer;
  /** An answer had it compressed already, by itself or together with others. */
  wasCompressed = false;
  #deflated: Uint8Array | undefined;

  constructor(
    text: string,
    /** Lines of the text format in it that are series. */
    readonly series: number,
  ) {
    this.bytes = Buffer.from(text);
  }

  /** Compressed by itself at the first call, and kept. */
  get deflated(): Uint8Array {
    // Node gives a slice of 16 kB, all of which the slice would keep alive.
    this.#deflated ??= new Uint8Array(deflateRawSync(this.bytes, deflateOptions));
    return this.#deflated;
  }
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
  #text: Piece | undefined;
  #openmetrics: Piece | undefined;

  /** To be called when a series was added, removed or updated. */
  changed(): void {
    this.#text = undefined;
    this.#openmetrics = undefined;
  }

  /** The same piece as before while nothing has changed. */
  print(format: Format): Piece {
    if (format === 'text') return (this.#text ??= this.#build(format));
    return (this.#openmetrics ??= this.#build(format));
  }

  #build(format: Format): Piece {
    let text = '';
    let lines = 0;
    for (const series of this.series) {
      const printed = series.print(format);
      if (printed === '') continue;
      text += printed;
      lines += series.lines;
    }
    return new Piece(text, lines);
  }
}
