interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function parse(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text] as const);
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return samples;
}

/** The smallest bucket that holds the quantile, over all successful jobs. */
function quantileBound(samples: readonly Sample[], quantile: number): string {
  const buckets = new Map<number, number>();
  for (const { name, labels, value } of samples) {
    if (name !== 'enhancement_duration_seconds_bucket' || labels['status'] !== 'success') continue;
    const bound = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
    buckets.set(bound, (buckets.get(bound) ?? 0) + value);
  }
  const total = buckets.get(Number.POSITIVE_INFINITY) ?? 0;
  const bound = [...buckets].sort(([a], [b]) => a - b).find(([, count]) => count >= quantile * total)?.[0];
  return total === 0 || bound === undefined ? 'no job yet' : `at most ${bound} s`;
}

/** The five core metrics of a scrape, in lines for people. */
export function coreMetrics(text: string): string[] {
  const samples = parse(text);
  const lines: string[] = [];
  const tenants = [...new Set(samples.flatMap(({ labels }) => labels['tenant_id'] ?? []))].sort();
  for (const tenant of tenants) {
    const statuses = samples
      .filter(({ name, labels }) => name === 'enhancement_requests_total' && labels['tenant_id'] === tenant)
      .map(({ labels, value }) => `${labels['status']} ${value}`);
    if (statuses.length > 0) lines.push(`enhancement_requests_total    ${tenant}: ${statuses.join(', ')}`);
  }
  lines.push(`enhancement_duration_seconds  p50 ${quantileBound(samples, 0.5)}, p95 ${quantileBound(samples, 0.95)}`);
  for (const { name, labels, value } of samples) {
    if (name === 'enhancement_success_rate')
      lines.push(`enhancement_success_rate      ${labels['tenant_id']}: ${value} %`);
    if (name === 'queue_depth' || name === 'worker_active_count') lines.push(`${name.padEnd(30)}${value}`);
  }
  return lines;
}
