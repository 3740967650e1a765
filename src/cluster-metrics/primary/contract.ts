/**
 * What the primary's side of the library can be told, and what it answers.
 * Must not know: how it is done.
 */
import type { Changes, DropReason, Identity, ProcessFacts } from '../wire/protocol.js';
import type { ChildKind } from '../wire/channels/transport.js';
import type { Format } from './printing/exposition.js';

export interface AggregateOptions {
  /** A child that has not reported for this long has its live gauges left out. Milliseconds; default: 5000. */
  readonly staleAfterMs?: number;
  /** Label sets at most for one metric; new ones over it are dropped and counted. Default: 10,000. */
  readonly maxLabelSets?: number;
  /**
   * Runs before each scrape is printed, to set the primary's own metrics. Concurrent scrapes share one run. Default: nothing.
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
  /**
   * Told of `beforeScrape`, `onDrop`, `collect` functions and `get()`s of the primary that fail. Default: the first failure of
   * a `collect` or `get()` is a warning of the process; others are not reported.
   */
  readonly onError?: (error: unknown) => void;
}

export function withDefaults({
  staleAfterMs = 5000,
  maxLabelSets = 10_000,
  beforeScrape = () => undefined,
  collectTimeoutMs = 500,
  collectWaitMs = 50,
  created = true,
  nowMs = () => performance.now(),
  onDrop = () => undefined,
  onError = () => undefined,
}: AggregateOptions): Required<AggregateOptions> {
  const bounds = { staleAfterMs, maxLabelSets, collectTimeoutMs, collectWaitMs };
  return { ...bounds, created, nowMs, beforeScrape, onDrop, onError };
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

/** What the primary itself counts: its change tracker. */
export interface OwnMetrics {
  /** Runs `collect` functions; resolves after `withinMs` at the latest. */
  collect(withinMs: number): Promise<void>;
  /** Looks for what went around the recording. */
  look(): Promise<void>;
  /** Undefined when nothing has to be waited for before `take` gives everything that was counted before. */
  ready(): Promise<unknown> | undefined;
  /** Label sets that have changed since the last call of `take`. */
  readonly waiting: number;
  /** What has changed, of so many label sets at most. */
  take(labelSets: number): readonly Changes[];
}

/** Series that have, of each of these labels, the value or one of the values. One call for many values looks at each series once. */
export type LabelMatch = Readonly<Record<string, string | readonly string[]>>;

export interface ScrapeOptions {
  /** Default: `text`. */
  readonly format?: Format;
  /** Names of metrics or of their samples; none: all. */
  readonly names?: readonly string[];
  /**
   * For how long label sets are taken in and printed. What there is no time for is shown as in the answer before, or not yet,
   * and is the first in the next one. Milliseconds; default: for as long as it takes.
   */
  readonly withinMs?: number;
}

/** One printed answer, which any number of scrapes may share. */
export interface Rendering {
  readonly contentType: string;
  /** To be sent one after the other; of some kB each. */
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  /** Series in it. */
  readonly series: number;
  /** Series that are shown as of an earlier answer, or not yet, for want of time. */
  readonly outdated: number;
  /** The whole compressed, made at the first call. What has not changed since an earlier answer is not compressed again. */
  gzipped(): Promise<Buffer>;
}
