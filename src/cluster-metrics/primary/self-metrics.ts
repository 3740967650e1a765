import { defineMetrics } from '../wire/definition.js';

/** What the cluster reports about its own reporting; whoever owns the children adds counts of them. */
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
    useCase: 'Does watching the service cost more than it should?',
  },
  cluster_series: {
    type: 'gauge',
    help: 'Number of series in the last scrape of the whole cluster',
    labels: {},
    merge: 'sum',
    retention: 'live',
    useCase: 'How near is this instance to the limits of the Prometheus that scrapes it?',
  },
  cluster_series_dropped_total: {
    type: 'counter',
    help: 'Number of label sets refused by the aggregate, by reason',
    labels: {
      reason: ['max_label_sets', 'conflicting_definition', 'invalid_label_value', 'unknown_aggregator', 'protocol'],
    },
    useCase: 'Is something missing from the metrics, and why?',
  },
});
