/**
 * How long two things that are looked at from time to time held at once. A thing holds from the first look that found it so
 * to the last one, as long as no look between them found otherwise: what lies beyond a look is not counted.
 */
export interface Overlap {
  /** A look at one of the two. */
  look(which: 'left' | 'right', holds: boolean, atMs: number): void;
  /** The longest so far; `endedAtMs` is undefined before there was one. */
  readonly longest: { readonly ms: number; readonly endedAtMs: number | undefined };
}

interface Span {
  readonly sinceMs: number;
  untilMs: number;
}

export function createOverlap(): Overlap {
  const spans: { left: Span | undefined; right: Span | undefined } = { left: undefined, right: undefined };
  let longest: Overlap['longest'] = { ms: 0, endedAtMs: undefined };
  return {
    look(which, holds, atMs) {
      const span = spans[which];
      if (!holds) spans[which] = undefined;
      else if (span === undefined) spans[which] = { sinceMs: atMs, untilMs: atMs };
      else span.untilMs = atMs;
      const { left, right } = spans;
      if (left === undefined || right === undefined) return;
      const endedAtMs = Math.min(left.untilMs, right.untilMs);
      const ms = endedAtMs - Math.max(left.sinceMs, right.sinceMs);
      if (ms > longest.ms) longest = { ms, endedAtMs };
    },
    get longest() {
      return longest;
    },
  };
}
