import type { FaultName } from './faults.js';
import type { Finding } from './promises.js';

export interface DrillContext {
  readonly seed: number;
  /** Of the random faults and of the soak. */
  readonly minutes: number;
  /** As short as it still shows something, for `npm test`. */
  readonly short: boolean;
  /** The random faults that are injected; none: all of them. */
  readonly only: readonly FaultName[];
  /** Progress. */
  say(text: string): void;
}

/** One thing that is done to the service, and what was found. */
export interface Drill {
  readonly what: string;
  run(context: DrillContext): Promise<readonly Finding[]>;
}
