import { startWatch } from './own-time.js';
import type { Pump } from './pumps.js';

/** Characters. Inputs grow to this; a quadratic pattern needs half a second for it, a linear one a millisecond. */
const longest = 30_000;
/** Less than this is not told apart from noise, milliseconds. */
const measurableMs = 3;
/** Twice the input takes a linear pattern twice as long, a quadratic one four times. */
const mostGrowth = 3;

function onceMs(pattern: RegExp, text: string): number {
  const elapsedMs = startWatch();
  if (pattern.sticky) {
    pattern.lastIndex = 0;
    pattern.test(text);
  } else {
    text.replace(pattern, '');
  }
  return elapsedMs();
}

/** The best of some runs: a busy machine makes single ones slower, and never faster. */
function bestMs(pattern: RegExp, text: string): number {
  return Math.min(...Array.from({ length: 6 }, () => onceMs(pattern, text)));
}

/** The least of some comparisons; 0 where the time is too short to be compared. */
function leastGrowth(pattern: RegExp, whole: string, half: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 4 && least > mostGrowth; i++) {
    const wholeMs = bestMs(pattern, whole);
    least = wholeMs < measurableMs ? 0 : Math.min(least, wholeMs / bestMs(pattern, half));
  }
  return least;
}

/** How many times as long twice the input takes, where that is more than {@link mostGrowth}; undefined: it is linear. */
export function superlinearGrowth({ source, flags }: RegExp, { prefix, unit, suffix }: Pump): number | undefined {
  const pattern = new RegExp(source, flags.includes('g') || flags.includes('y') ? flags : `${flags}g`);
  const text = (repeats: number): string => prefix + unit.repeat(repeats) + suffix;
  // In small steps, for an exponential pattern goes from unmeasurable to endless within a few characters.
  for (let repeats = 8; repeats * unit.length <= longest; repeats = Math.ceil(repeats * 1.3)) {
    if (onceMs(pattern, text(repeats)) < measurableMs) continue;
    const growth = leastGrowth(pattern, text(repeats), text(Math.floor(repeats / 2)));
    if (growth > mostGrowth) return growth;
  }
  return undefined;
}
