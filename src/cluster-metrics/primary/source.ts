/**
 * One process that reports, and what its small integers stand for.
 *
 * Must not know: how it reports.
 */
import type { Identity, ProcessFacts } from '../wire/identity.js';
import type { Family } from './family.js';
import type { Series } from './series.js';

export type SourceState = 'reporting' | 'incompatible';

/**
 * One process that reports: a child, or the primary itself. Holds what its small integers stand for.
 * What is not in `families` or `series` was refused or has left; what is reported of it is passed over.
 */
export class Source {
  readonly families: (Family | undefined)[] = [];
  /** By id; ids only grow, so those that have left must not keep a place. */
  readonly series = new Map<number, Series>();
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
    readonly process?: ProcessFacts,
  ) {}
}
