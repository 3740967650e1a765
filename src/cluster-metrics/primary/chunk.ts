/**
 * Neighbouring series that are kept printed, so that a scrape reprints what changed alone.
 *
 * Must not know: what a series means, nor where the bytes go.
 */
import type { Format } from './exposition.js';
import { ownCopy, Piece } from './piece.js';

/** What a line ends with: a number, or a number with an exemplar behind it. */
export type Token = number | string;

/** Which printed forms are out of date. */
export const outdated = { none: 0, text: 1, openmetrics: 2, both: 3 } as const;

/** The text around a series' tokens: one head before each, and the tail. */
export interface Layout {
  readonly heads: readonly string[];
  readonly tail: string;
}

export interface Printable {
  outdated: number;
  /** What its lines end with now; none when it has nothing to say. */
  tokens(format: Format): readonly Token[];
  /** What does not change of its lines. */
  layout(format: Format): Layout;
  /** How many lines of the text format it prints now. */
  readonly size: number;
}

/** A chunk as it was last printed, and where in it the tokens are: two entries for each, start and end. */
interface Printed {
  piece: Piece;
  readonly bounds: Int32Array;
  /** How many tokens each series has; 0 for a gauge without a value. */
  readonly counts: Int32Array;
}

/**
 * Some neighbouring series, kept printed. What changes between two scrapes is mostly a few digits: they are overwritten
 * in a copy of the bytes; label text is made once only.
 */
export class Chunk {
  readonly series: Printable[] = [];
  outdated: number = outdated.both;
  /** Lines of the text format. */
  size = 0;
  readonly #printed: Record<Format, Printed | undefined> = { text: undefined, openmetrics: undefined };

  /** The same piece as before while nothing has changed. */
  print(format: Format): Piece {
    const printed = this.#printed[format];
    if (printed !== undefined && (this.outdated & outdated[format]) === 0) return printed.piece;
    const updated = printed !== undefined && this.#update(printed, format) ? printed : this.#build(format);
    this.#printed[format] = updated;
    this.outdated &= ~outdated[format];
    for (const series of this.series) series.outdated &= ~outdated[format];
    return updated.piece;
  }

  /** A series was added or removed: the next print starts from nothing. */
  restructure(): void {
    this.outdated = outdated.both;
    this.#printed.text = undefined;
    this.#printed.openmetrics = undefined;
  }

  #build(format: Format): Printed {
    const pieces: string[] = [];
    const bounds: number[] = [];
    const counts = new Int32Array(this.series.length);
    let at = 0;
    const add = (text: string): void => {
      pieces.push(text);
      at += Buffer.byteLength(text);
    };
    this.size = 0;
    for (const [i, series] of this.series.entries()) {
      const tokens = series.tokens(format);
      counts[i] = tokens.length;
      if (tokens.length === 0) continue;
      const layout = series.layout(format);
      for (const [k, token] of tokens.entries()) {
        add(layout.heads[k] ?? '');
        bounds.push(at);
        add(String(token));
        bounds.push(at);
      }
      add(layout.tail);
      this.size += series.size;
    }
    const bytes = Buffer.from(pieces.join(''), 'utf8');
    return { piece: new Piece(bytes, this.size), bounds: Int32Array.from(bounds), counts };
  }

  /** @returns false when the lines are no longer the same ones */
  #update(printed: Printed, format: Format): boolean {
    const { bounds, counts, piece } = printed;
    const bytes = ownCopy(piece.bytes);
    const flag = outdated[format];
    let longer: Map<number, string> | undefined;
    let next = 0;
    for (let i = 0; i < this.series.length; i++) {
      const series = this.series[i];
      const count = counts[i] ?? 0;
      const first = next;
      next += count;
      if (series === undefined || (series.outdated & flag) === 0) continue;
      const tokens = series.tokens(format);
      if (tokens.length !== count) return false;
      for (let k = 0; k < count; k++) {
        const token = tokens[k] ?? '';
        const index = 2 * (first + k);
        if (overwrite(bytes, bounds[index] ?? 0, bounds[index + 1] ?? 0, token)) continue;
        longer ??= new Map();
        longer.set(first + k, String(token));
      }
    }
    printed.piece = new Piece(longer === undefined ? bytes : respace(bytes, bounds, longer), this.size);
    return true;
  }
}

/** Integers up to here are written digit by digit; above it `String` may choose an exponent. */
const largestPlain = 1e15;

/** @returns false when the token is not as long as the room between the bounds */
function overwrite(bytes: Buffer, start: number, end: number, token: Token): boolean {
  if (typeof token === 'number' && token >= 0 && token < largestPlain && Number.isInteger(token)) {
    let rest = token;
    let at = end;
    // Two's complement division is several times faster where the number allows it.
    while (rest > 0x7fffffff && at > start) {
      const tenth = Math.floor(rest / 10);
      bytes[--at] = 48 + (rest - tenth * 10);
      rest = tenth;
    }
    do {
      if (at === start) return false;
      const tenth = (rest / 10) | 0; // truncates
      bytes[--at] = 48 + (rest - tenth * 10);
      rest = tenth;
    } while (rest > 0);
    return at === start;
  }
  const text = String(token);
  // A number is ASCII; only an exemplar's labels may be more.
  if (typeof token === 'number') {
    if (text.length !== end - start) return false;
    bytes.write(text, start, 'latin1');
  } else {
    if (Buffer.byteLength(text) !== end - start) return false;
    bytes.write(text, start, 'utf8');
  }
  return true;
}

/** The same bytes with some tokens of another length; moves the bounds along. */
function respace(bytes: Buffer, bounds: Int32Array, longer: ReadonlyMap<number, string>): Buffer {
  let growth = 0;
  for (const [index, text] of longer) {
    growth += Buffer.byteLength(text) - ((bounds[2 * index + 1] ?? 0) - (bounds[2 * index] ?? 0));
  }
  const target = Buffer.allocUnsafeSlow(bytes.length + growth);
  let from = 0;
  let shift = 0;
  for (let index = 0; 2 * index < bounds.length; index++) {
    const start = bounds[2 * index] ?? 0;
    const end = bounds[2 * index + 1] ?? 0;
    const text = longer.get(index);
    bounds[2 * index] = start + shift;
    if (text !== undefined) {
      bytes.copy(target, from + shift, from, start);
      const written = target.write(text, start + shift, 'utf8');
      shift += written - (end - start);
      from = end;
    }
    bounds[2 * index + 1] = end + shift;
  }
  bytes.copy(target, from + shift, from);
  return target;
}
