import type { Metric } from '../exposition.js';
import { type HistogramSeries, type MetricReading, readMetrics, type ValueSeries } from '../metric-reading.js';
import type { ServiceStatus } from '../service-client.js';

/** One tenant over the last seconds. Null: nothing happened, or it is not known. */
export interface TenantView {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly received_per_second: number | null;
  readonly done_per_second: number | null;
  readonly failed_per_second: number | null;
  /** Percent of the last 300 s, as the service has it. */
  readonly success_rate: number | null;
  readonly p95_seconds: number | null;
}

export interface View {
  readonly status: ServiceStatus;
  readonly tenants: readonly TenantView[];
  /** Oldest first; null where Redis could not be read. */
  readonly queueDepths: readonly (number | null)[];
  /** What rates and quantiles are over; null before the second look. */
  readonly windowSeconds: number | null;
}

export interface History {
  add(status: ServiceStatus, metrics: readonly Metric[], nowMs: number): View;
}

/** Long enough that a quantile has something to say, short enough that it is about now. Milliseconds. */
const windowMs = 30_000;
/** A minute at one a second. */
const depthsKept = 60;

export function createHistory(): History {
  let scrapes: { readonly metrics: readonly Metric[]; readonly atMs: number }[] = [];
  let depths: (number | null)[] = [];
  return {
    add(status, metrics, nowMs) {
      scrapes = scrapes.filter(({ atMs }) => nowMs - atMs <= windowMs);
      const [oldest] = scrapes;
      scrapes.push({ metrics, atMs: nowMs });
      const secondsAgo = oldest === undefined ? undefined : (nowMs - oldest.atMs) / 1000;
      const readings =
        oldest === undefined || secondsAgo === undefined
          ? readMetrics(metrics)
          : readMetrics(metrics, { metrics: oldest.metrics, secondsAgo });
      depths = [...depths, depthOf(status)].slice(-depthsKept);
      return {
        status,
        tenants: status.tenants.map((tenant) => toTenant(tenant, readings, secondsAgo !== undefined)),
        queueDepths: depths,
        windowSeconds: secondsAgo ?? null,
      };
    },
  };
}

function depthOf({ queue }: ServiceStatus): number | null {
  if (queue === null) return null;
  const { waiting = 0, prioritized = 0, delayed = 0 } = queue.counts;
  return waiting + prioritized + delayed;
}

function toTenant(
  { id, name, active }: ServiceStatus['tenants'][number],
  readings: readonly MetricReading[],
  windowed: boolean,
): TenantView {
  const find = (metric: string, status?: string): ValueSeries | HistogramSeries | undefined =>
    readings
      .find((reading) => reading.name === metric)
      ?.series.find(({ labels }) => labels['tenant_id'] === id && labels['status'] === status);
  const rate = (status: string): number | null => find('enhancement_requests_total', status)?.rate ?? null;
  const success = find('enhancement_success_rate');
  const duration = find('enhancement_duration_seconds', 'success');
  return {
    id,
    name,
    active,
    received_per_second: rate('received'),
    done_per_second: rate('success'),
    failed_per_second: rate('failure'),
    success_rate: success?.kind === 'value' ? success.value : null,
    // Without a window it would be about the service's whole life, and look like now.
    p95_seconds: windowed && duration?.kind === 'histogram' ? duration.p95 : null,
  };
}
