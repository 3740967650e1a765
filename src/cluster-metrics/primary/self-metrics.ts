/**
 * What the primary itself counts: for the program, and about the reporting of the cluster.
 *
 * Must not know: how a metric is recorded.
 */
import type { Changes, DropReason } from '../wire/changes.js';
import { defineMetrics } from '../wire/definition.js';
import type { Identity } from '../wire/identity.js';

/** Counts of children are the supervisor's: this library does not start them. */
export const selfMetrics = defineMetrics({
  cluster_child_report_age_seconds: {
    type: 'gauge',
    help: 'Seconds since the child in this slot last reported to the primary',
    labels: { role: { oneOf: 'roles of this cluster' }, slot: { oneOf: 'slot numbers' } },
    merge: 'per-child',
    retention: 'live',
    useCase: 'Is a child hung? Above a few seconds its event loop is blocked or the process is stopped.',
  },
  cluster_scrape_duration_seconds: {
    type: 'histogram',
    help: 'Time the primary took to render one scrape',
    labels: {},
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    useCase: 'How long does a scrape take the primary?',
  },
  cluster_series: {
    type: 'gauge',
    help: 'Number of series in the last scrape of the whole cluster',
    labels: {},
    merge: 'sum',
    retention: 'live',
    useCase: 'How many series does Prometheus scrape from this instance?',
  },
  cluster_series_outdated: {
    type: 'gauge',
    help: 'Number of series that the last scrape of the whole cluster showed late, for want of time',
    labels: {},
    merge: 'sum',
    retention: 'live',
    useCase:
      'Did the primary have time for all series of the last scrape? Those shown late are current one scrape later.',
  },
  cluster_series_dropped_total: {
    type: 'counter',
    help: 'Number of label sets refused by the aggregate, by reason',
    labels: {
      reason: [
        'max_label_sets',
        'conflicting_definition',
        'invalid_label_value',
        'unknown_aggregator',
        'unsupported_metric',
        'invalid_exemplar',
        'protocol',
      ],
    },
    useCase: 'Is something missing from the metrics, and why?',
  },
});

/** Records these metrics in the primary's own registry. */
export interface SelfRecorder {
  dropped(reason: DropReason): void;
  printed(seconds: number): void;
  /** A scrape of everything has shown so many series, of which so many late. */
  shown(series: number, outdated: number): void;
  /** Of the children that there are, and no others. */
  ages(children: readonly ChildAge[]): void;
  departed(child: Omit<ChildAge, 'ageMs'>): void;
}

export interface ChildAge {
  /** Tells it from others if its identity does not. */
  readonly id: number;
  readonly identity: Identity;
  readonly ageMs: number;
}

/** The metrics of the primary's own registries, these among them. */
export interface OwnMetrics {
  readonly identity: Identity;
  /** Runs `collect` functions; resolves after `withinMs` at the latest. */
  collect(withinMs: number): Promise<void>;
  /** Undefined when nothing has to be waited for before `take` gives everything that was counted before. */
  ready(): Promise<unknown> | undefined;
  /** Label sets that have changed since the last call of `take`. */
  readonly waiting: number;
  /** What has changed, of so many label sets at most. */
  take(labelSets: number): readonly Changes[];
}
