import { parseExposition, type Sample } from '../../src/cli/exposition-parser.js';
import { quantile } from '../../src/cli/metric-reading.js';
import { formatDuration, formatNumber } from '../../src/cli/quantities.js';

/** Over all successful jobs, whichever tenant's. */
function shownQuantile(q: number, buckets: readonly Sample[]): string {
  const bounds = new Map<number, number>();
  for (const { name, labels, value } of buckets) {
    if (!name.endsWith('_bucket') || labels['status'] !== 'success') continue;
    const bound = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
    bounds.set(bound, (bounds.get(bound) ?? 0) + value);
  }
  const seconds = quantile(q, [...bounds]);
  return seconds === null ? 'no job yet' : formatDuration(seconds);
}

/** The five core metrics of a scrape, in lines for people. */
export function coreMetrics(text: string): string[] {
  const metrics = new Map(parseExposition(text).map(({ name, samples }) => [name, samples]));
  const samplesOf = (name: string): readonly Sample[] => metrics.get(name) ?? [];
  const line = (name: string, shown: string): string => `${name.padEnd(30)}${shown}`;

  const requests = samplesOf('enhancement_requests_total');
  const tenants = new Set(requests.map(({ labels }) => labels['tenant_id'] ?? ''));
  const durations = samplesOf('enhancement_duration_seconds');
  return [
    ...[...tenants].map((tenant) => {
      const own = requests.filter(({ labels }) => labels['tenant_id'] === tenant);
      const counts = own.map(({ labels, value }) => `${labels['status']} ${value}`);
      return line('enhancement_requests_total', `${tenant}: ${counts.join(', ')}`);
    }),
    line('enhancement_duration_seconds', `p50 ${shownQuantile(0.5, durations)}, p95 ${shownQuantile(0.95, durations)}`),
    ...samplesOf('enhancement_success_rate').map(({ labels, value }) =>
      line('enhancement_success_rate', `${labels['tenant_id']}: ${formatNumber(value)} %`),
    ),
    ...['queue_depth', 'worker_active_count'].flatMap((name) =>
      samplesOf(name).map(({ value }) => line(name, String(value))),
    ),
  ];
}
