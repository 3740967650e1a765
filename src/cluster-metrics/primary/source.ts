/**
 * One process that reports, and what its small integers stand for.
 *
 * Must not know: how it reports.
 */
import type { Identity } from '../wire/identity.js';
import type { Family } from './family.js';
import type { Series } from './series.js';

export type SourceState = 'reporting' | 'incompatible';

/**
 * One process that reports: a child, or the primary itself. Holds what its small integers stand for.
 * An `undefined` in `families` or `series` is something that was refused; what is reported of it is passed over.
 */
export class Source {
  readonly families: (Family | undefined)[] = [];
  readonly series: (Series | undefined)[] = [];
  /** Label names of each metric, in the order in which this process gives their values. */
  readonly labelNames: (readonly string[] | undefined)[] = [];
  /** What this process adds to the labels of all series of a metric. */
  readonly constantLabels: (Identity | undefined)[] = [];
  /** Has not reported for so long that its live gauges do not count. */
  stale = false;

  constructor(
    readonly identity: Identity,
    readonly state: SourceState,
    /** Milliseconds of a monotonic clock. */
    public lastReportMs: number,
  ) {}
}
