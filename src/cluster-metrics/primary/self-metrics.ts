/**
 * What the cluster reports about its own reporting.
 * Must not know: any client, nor how a metric is recorded.
 */
import { type DropReason, dropReasons, type Identity } from '../wire/protocol.js';
import { defineMetrics, type GaugeHandle, type Instruments } from '../wire/definition.js';

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
    labels: { reason: dropReasons },
    useCase: 'Is something missing from the metrics, and why?',
  },
});

export type SelfRecorder = ReturnType<typeof selfRecorder>;

export function selfRecorder(self: Instruments<typeof selfMetrics>) {
  // At zero from the start, so that Prometheus sees the first drop as an increase.
  const dropped = self.cluster_series_dropped_total;
  for (const reason of dropReasons) dropped.with({ reason });
  const ages = self.cluster_child_report_age_seconds;
  return {
    dropped: (reason: DropReason) => dropped.with({ reason }).inc(),
    printed: (seconds: number) => self.cluster_scrape_duration_seconds.with({}).observe(seconds),
    /** A scrape of everything has shown so many series, of which so many late. */
    shown(series: number, outdated: number): void {
      self.cluster_series.with({}).set(series);
      self.cluster_series_outdated.with({}).set(outdated);
    },
    /** Of the children that there are, and no others. */
    ages(children: readonly ChildAge[]): void {
      // While a slot's old and new child overlap, the one that has been silent for longer is shown.
      const oldest = new Map<GaugeHandle, number>();
      for (const child of children) {
        const handle = ages.with(labelsOf(child));
        oldest.set(handle, Math.max(child.ageMs, oldest.get(handle) ?? 0));
      }
      for (const [handle, ageMs] of oldest) handle.set(Math.round(ageMs) / 1000);
    },
    departed: (child: Omit<ChildAge, 'ageMs'>) => ages.remove(labelsOf(child)),
  };
}

interface ChildAge {
  /** Tells it from others if its identity does not. */
  readonly id: number;
  readonly identity: Identity;
  readonly ageMs: number;
}

/** A child without an identity of the usual kind is told from others by its id. */
function labelsOf({ id, identity: { role, slot } }: Omit<ChildAge, 'ageMs'>) {
  return { role: role ?? '', slot: slot ?? (role === undefined ? String(id) : '') };
}
