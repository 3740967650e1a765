/**
 * What an aggregate can be told, what it asks of the primary's own metrics, and what it says of a child.
 *
 * Must not know: how it is done.
 */
import type { Changes, DropReason } from '../wire/changes.js';
import type { Identity, ProcessFacts } from '../wire/identity.js';
import type { ChildKind } from '../wire/transport.js';

export const defaultCollectTimeoutMs = 500;

export interface AggregateOptions {
  /** A child that has not reported for this long has its live gauges left out. Milliseconds; default: 5000. */
  readonly staleAfterMs?: number;
  /** Label sets at most for one metric; new ones over it are dropped and counted. Default: 10,000. */
  readonly maxLabelSets?: number;
  /**
   * Runs before each scrape is printed, to set the primary's own metrics. Scrapes that come together share one run; runs of
   * scrapes with different `names` may overlap. Default: nothing.
   */
  readonly beforeScrape?: () => void | Promise<void>;
  /** How long a scrape waits for `beforeScrape` and the primary's own `collect` functions. Milliseconds; default: 500. */
  readonly collectTimeoutMs?: number;
  /**
   * How long a scrape waits for children that have metrics with a `collect` function. One that has not answered shows its
   * last values, and is not waited for again until it reports. Milliseconds; default: 50.
   */
  readonly collectWaitMs?: number;
  /** Whether OpenMetrics gets a `_created` line for each series. Default: true. */
  readonly created?: boolean;
  /** Milliseconds of a monotonic clock, by which children become stale and keys expire. Default: `performance.now`. */
  readonly nowMs?: () => number;
  /** Told once for each metric and reason that something is not in the aggregate. Default: not told. */
  readonly onDrop?: (reason: DropReason, metric: string, detail: string) => void;
  /** Told of `beforeScrape`, `onDrop` and `collect` functions of the primary that fail. Default: not told. */
  readonly onError?: (error: unknown) => void;
}

/** What the primary itself counts. */
export interface OwnMetrics {
  readonly identity: Identity;
  collect(): Promise<void>;
  ready(): Promise<unknown> | undefined;
  take(): readonly Changes[];
}

/** What the primary knows of one child's reports. */
export interface ChildReport {
  /** How it reports. */
  readonly kind: ChildKind;
  /** Its labels in `per-child` gauges; with a slot that the primary gave it, if it told none. */
  readonly identity: Identity;
  readonly process?: ProcessFacts;
  readonly state: 'reporting' | 'stale' | 'incompatible';
  /** Milliseconds since its last report. */
  readonly ageMs: number;
}
