/**
 * A process that reports: what tells it from the others, and what its small integers stand for.
 * Must not know: what is done with a report.
 */
import type { Identity, ProcessFacts } from '../../wire/protocol.js';
import type { LabelPairs } from '../printing/exposition.js';
import type { Contributor, Family, Series } from './family.js';

/** A metric as one process introduced it. */
export interface IntroducedMetric {
  readonly family: Family;
  /** For each label of the family: where its value is among those that this process gives. */
  readonly positions: readonly number[];
  /** What this process adds to the labels of all series. */
  readonly constantLabels: LabelPairs;
}

/** A child, or the primary itself. What is reported of an id that is not here was refused or has left: it is passed over. */
export class Source implements Contributor {
  readonly metrics = new Map<number, IntroducedMetric>();
  readonly series = new Map<number, Series>();
  /** Has not reported for so long that its live gauges do not count. */
  stale = false;

  constructor(
    readonly identity: Identity,
    readonly state: 'reporting' | 'incompatible',
    /** Milliseconds of a monotonic clock. */
    public lastReportMs: number,
    readonly process?: ProcessFacts,
  ) {}
}
