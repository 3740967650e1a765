import { reasonOf } from '../../redis/queue-unavailable.js';
import { within } from '../../timing/within.js';

/** The latest value of something outside this process. Concurrent reads are coalesced. */
export interface LatestReading<T> {
  /**
   * The current value; if it cannot be read within 100 ms, the last one that was read within 30 s; else undefined.
   *
   * @param maxAgeMs a value that is at most this old is returned without a read. Default: 0
   */
  current(maxAgeMs?: number): Promise<T | undefined>;
  /** Reads the value. Never rejects. */
  refresh(): Promise<void>;
  /** Why the last read failed; undefined: it succeeded. */
  readonly problem: string | undefined;
}

/** An older value is not returned. Milliseconds. */
const trustedForMs = 30_000;

/** How long a caller waits for a read; a frozen Redis must not delay a scrape. Milliseconds. */
const freshWithinMs = 100;

/** @param onRead called with each value that was read, undefined when the read failed */
export function createLatestReading<T>(
  read: () => Promise<T>,
  onRead: (value: T | undefined) => void = () => undefined,
): LatestReading<T> {
  let last: { readonly value: T; readonly atMs: number } | undefined;
  let reading: Promise<void> | undefined;
  let problem: string | undefined;
  /** A caller has timed out. Until a read succeeds, callers do not wait: each of 200 concurrent scrapes would. */
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
          problem = reasonOf(error);
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
