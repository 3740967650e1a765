import { messageOf } from '../logging/describe-error.js';
import { within } from '../timing/within.js';

/** Something that is read from elsewhere, asked for by many and read for all of them at once. */
export interface LatestReading<T> {
  /**
   * What there is now, or was when it was last seen if that is not too long ago; undefined rather than an old figure.
   *
   * @param maxAgeMs what was read this recently will do, and nothing is asked. Default: 0
   */
  current(maxAgeMs?: number): Promise<T | undefined>;
  /** Reads anew. Never rejects. */
  refresh(): Promise<void>;
  /** Why it cannot be read, if so. */
  readonly problem: string | undefined;
}

/** A figure older than this is no longer given out. Milliseconds. */
const trustedForMs = 30_000;

/** How long an answer waits for a fresh figure; a frozen Redis must not hold it up. Milliseconds. */
const freshWithinMs = 100;

/** @param onRead told of each reading, undefined for one that failed. Default: nobody */
export function createLatestReading<T>(
  read: () => Promise<T>,
  onRead: (value: T | undefined) => void = () => undefined,
): LatestReading<T> {
  let last: { readonly value: T; readonly atMs: number } | undefined;
  let reading: Promise<void> | undefined;
  let problem: string | undefined;
  /** Somebody waited in vain for it. Until it answers again nobody else does: of 200 scrapes at once each would wait. */
  let overdue = false;

  const refresh = (): Promise<void> => {
    reading ??= read()
      .then(
        (value) => {
          last = { value, atMs: performance.now() };
          problem = undefined;
          overdue = false;
          onRead(value);
        },
        (error: unknown) => {
          problem = messageOf(error);
          onRead(undefined);
        },
      )
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  const ageMs = (): number => (last === undefined ? Number.POSITIVE_INFINITY : performance.now() - last.atMs);

  return {
    async current(maxAgeMs = 0) {
      if (ageMs() > maxAgeMs) {
        const refreshed = refresh();
        if (!overdue) await within(freshWithinMs, refreshed, () => (overdue = true));
      }
      return ageMs() <= trustedForMs ? last?.value : undefined;
    },
    refresh,
    get problem() {
      return problem;
    },
  };
}
