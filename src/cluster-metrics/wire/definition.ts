/**
 * Metric definitions as data, and the typed handles that a program gets for them. A catalog is one `as const` object of
 * definitions; instruments, documentation, dashboards and lint are derived from it, so a name, a label or a bucket is written
 * exactly once.
 * Must not know: how a metric is recorded or printed.
 */

/**
 * How the values that several children hold for one gauge become one value.
 *
 * The first six are prom-client's `aggregator` names, with its meaning; the others are for what those cannot say:
 * - `most-recent`: the value that was set last, whichever child set it;
 * - `ratio`: hits over trials of all children together in a rolling window (an average of ratios would be wrong);
 * - `per-child`: not merged at all; the child's identity labels are added instead.
 */
export const mergeRules = [
  'sum',
  'first',
  'min',
  'max',
  'average',
  'omit',
  'most-recent',
  'ratio',
  'per-child',
] as const;
export type MergeRule = (typeof mergeRules)[number];

export function isMergeRule(rule: unknown): rule is MergeRule {
  return mergeRules.some((known) => known === rule);
}

/**
 * Whether a gauge's value outlives the child that set it:
 * `live` values leave with their child, `cumulative` ones stay in the merge.
 */
export type Retention = 'live' | 'cumulative';

/**
 * A label's vocabulary: a closed list of values, or the name of the allow-list that bounds it
 * (for example `configured tenants`), to which the code that sets the label must keep.
 */
export type LabelVocabulary = readonly string[] | { readonly oneOf: string };

interface DefinitionBase {
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelVocabulary>>;
  /** The question that this metric answers, in the words of the person who asks it. */
  readonly useCase: string;
}

export interface CounterDefinition extends DefinitionBase {
  readonly type: 'counter';
}

export interface HistogramDefinition extends DefinitionBase {
  readonly type: 'histogram';
  /** Upper bounds, ascending, in the unit that the metric's name ends with; `+Inf` is implied. */
  readonly buckets: readonly number[];
}

interface GaugeDefinitionBase extends DefinitionBase {
  readonly type: 'gauge';
  readonly retention: Retention;
}

export interface PlainGaugeDefinition extends GaugeDefinitionBase {
  readonly merge: Exclude<MergeRule, 'ratio'>;
}

/** A gauge that reads `scale` x hits / trials over the last `windowSeconds`; no trial in the window, no series. */
export interface RatioGaugeDefinition extends GaugeDefinitionBase {
  readonly merge: 'ratio';
  readonly windowSeconds: number;
  /** 100 for a percentage, 1 for a ratio. */
  readonly scale: number;
}

/** A gauge has no default for `merge` and `retention`: leaving one out does not compile. */
export type GaugeDefinition = PlainGaugeDefinition | RatioGaugeDefinition;

export type MetricDefinition = CounterDefinition | HistogramDefinition | GaugeDefinition;

/** Metric name -> definition. */
export type Catalog = Readonly<Record<string, MetricDefinition>>;

/** Identity at run time; at compile time it checks the catalog and keeps its literal types. */
export function defineMetrics<const C extends Catalog>(catalog: C): C {
  return catalog;
}

/** What a definition's labels may be set to: its closed list, or any string where an allow-list bounds it. */
export type LabelValues<D extends MetricDefinition> = {
  readonly [L in keyof D['labels']]: D['labels'][L] extends readonly (infer V extends string)[] ? V : string;
};

/** Labels of an exemplar, such as `{ correlation_id }`: at most 128 characters together (OpenMetrics). */
export type ExemplarLabels = Readonly<Record<string, string>>;

export interface CounterHandle {
  /**
   * @param amount not negative. Default: 1
   * @throws {ClusterMetricsError} INVALID_VALUE
   */
  inc(amount?: number, exemplar?: ExemplarLabels): void;
}

export interface HistogramHandle {
  /**
   * @param value in the unit that the metric's name ends with
   * @throws {ClusterMetricsError} INVALID_VALUE for what is not finite
   */
  observe(value: number, exemplar?: ExemplarLabels): void;
}

export interface GaugeHandle {
  set(value: number): void;
  /** @param amount default: 1 */
  inc(amount?: number): void;
  /** @param amount default: 1 */
  dec(amount?: number): void;
}

export interface RatioHandle {
  /** One trial, and whether it was a hit. */
  record(hit: boolean): void;
}

type HandleOf<D extends MetricDefinition> = D extends CounterDefinition
  ? CounterHandle
  : D extends HistogramDefinition
    ? HistogramHandle
    : D extends RatioGaugeDefinition
      ? RatioHandle
      : GaugeHandle;

export interface Instrument<D extends MetricDefinition> {
  /**
   * The handle for one label set; the same one each time. An update through it takes a few nanoseconds, and the client's registry
   * shows it all the same.
   */
  with(labels: LabelValues<D>): HandleOf<D>;
  /** Takes the label set out of this process's registry. */
  remove(labels: LabelValues<D>): void;
}

export type Instruments<C extends Catalog> = { readonly [Name in keyof C]: Instrument<C[Name]> };
