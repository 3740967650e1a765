import { startWatch } from './own-time.js';
import type { Pump } from './pumps.js';

/** Characters. Inputs grow to this; a quadratic pattern needs half a second for it, a linear one a millisecond. */
const longest = 30_000;
/** Repeats of the shortest input. */
const fewest = 8;
/** Less than this is not told apart from noise, milliseconds. */
const measurableMs = 3;
/** Twice the input takes a linear pattern twice as long, a quadratic one four times. */
const mostGrowth = 3;

function apply(pattern: RegExp, text: string): void {
  if (pattern.sticky) {
    pattern.lastIndex = 0;
    pattern.test(text);
  } else {
    text.replace(pattern, '');
  }
}

/** Whether it takes long enough to be looked at, by the clock alone, which costs nothing beside what is measured. */
function isMeasurable(pattern: RegExp, text: string): boolean {
  const startMs = performance.now();
  apply(pattern, text);
  return performance.now() - startMs >= measurableMs;
}

/**
 * The best of some runs: a busy machine makes single ones slower, and never faster.
 *
 * @param enoughMs a run that takes less is the last
 */
function bestMs(pattern: RegExp, text: string, enoughMs = 0): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 6 && best >= enoughMs; run++) {
    const elapsedMs = startWatch();
    apply(pattern, text);
    best = Math.min(best, elapsedMs());
  }
  return best;
}

/** The least of some comparisons; 0 where the time is too short to be compared. */
function leastGrowth(pattern: RegExp, whole: string, half: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 4 && least > mostGrowth; i++) {
    const wholeMs = bestMs(pattern, whole, measurableMs);
    least = wholeMs < measurableMs ? 0 : Math.min(least, wholeMs / bestMs(pattern, half));
  }
  return least;
}

/** How many times as long twice the input takes, where that is more than {@link mostGrowth}; undefined: it is linear. */
export function superlinearGrowth({ source, flags }: RegExp, { prefix, unit, suffix }: Pump): number | undefined {
  const pattern = new RegExp(source, flags.includes('g') || flags.includes('y') ? flags : `${flags}g`);
  const text = (repeats: number): string => prefix + unit.repeat(repeats) + suffix;
  const most = Math.max(fewest, Math.floor(longest / unit.length));
  // In small steps at first, for an exponential pattern goes from unmeasurable to endless within a few characters.
  for (let repeats = fewest; ; repeats = Math.min(most, Math.ceil(repeats * (repeats < 64 ? 1.3 : 2)))) {
    if (isMeasurable(pattern, text(repeats))) {
      const growth = leastGrowth(pattern, text(repeats), text(Math.floor(repeats / 2)));
      if (growth > mostGrowth) return growth;
    }
    if (repeats === most) return undefined;
  }
}
