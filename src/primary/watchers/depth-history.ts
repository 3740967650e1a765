/** A sample of the queue's depth; null when it could not be read. */
export type DepthPoint = readonly [atSeconds: number, depth: number | null];

/**
 * The queue's depth over the last 15 minutes, in bounded memory: the maximum of each step of five seconds, so that
 * a short peak shows. Steps without a reading have no point.
 */
export interface DepthHistory {
  /** @param depth undefined: the queue could not be read. @param nowMs epoch milliseconds */
  note(depth: number | undefined, nowMs: number): void;
  /** Oldest first. */
  points(nowMs: number): readonly DepthPoint[];
}

const stepMs = 5000;
const historyMs = 15 * 60_000;
const steps = historyMs / stepMs;

export function createDepthHistory(): DepthHistory {
  /** Indexed by a step's number modulo the number of steps. */
  const ring: ({ readonly step: number; readonly point: DepthPoint } | undefined)[] = Array.from({ length: steps });
  return {
    note(depth, nowMs) {
      const step = Math.floor(nowMs / stepMs);
      const before = ring[step % steps];
      const known = before?.step === step ? before.point[1] : null;
      // A reading that succeeded replaces one that failed in the same step.
      const value = depth === undefined ? known : Math.max(depth, known ?? 0);
      ring[step % steps] = { step, point: [nowMs / 1000, value] };
    },
    points(nowMs) {
      const oldest = Math.floor(nowMs / stepMs) - steps;
      return ring
        .flatMap((entry) => (entry !== undefined && entry.step > oldest ? [entry] : []))
        .sort((a, b) => a.step - b.step)
        .map(({ point }) => point);
    },
  };
}
