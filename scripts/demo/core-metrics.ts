import { formatDuration, formatNumber } from '../../src/cli/quantities.js';
import { quantile } from '../../src/cluster-metrics/index.js';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of a scrape in the text format. No label value of the core metrics is escaped. */
function samplesIn(text: string): Sample[] {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = '', pairs = '', value]) => ({
    name,
    labels: Object.fromEntries([...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, word]) => [label, word])),
    value: Number(value),
  }));
}

/** Over all successful jobs, whichever tenant's. */
function shownQuantile(q: number, samples: readonly Sample[]): string {
  /** Jobs up to each bound, in ascending order. */
  const upTo = new Map<number, number>();
  for (const { name, labels, value } of samples) {
    if (!name.endsWith('_bucket') || labels['status'] !== 'success') continue;
    const bound = Number(labels['le']?.replace('+Inf', 'Infinity'));
    upTo.set(bound, (upTo.get(bound) ?? 0) + value);
  }
  const counts = [...upTo.values()];
  const buckets = counts.map((count, i) => count - (counts[i - 1] ?? 0));
  const bounds = [...upTo.keys()].filter(Number.isFinite);
  const seconds = quantile(q, { count: counts.at(-1) ?? 0, bounds, buckets });
  return seconds === undefined ? 'no job yet' : formatDuration(seconds);
}

/** The five core metrics of a scrape, in lines for people. */
export function coreMetrics(text: string): string[] {
  const samples = samplesIn(text);
  const samplesOf = (metric: string): readonly Sample[] => samples.filter(({ name }) => name.startsWith(metric));
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
