import type { LabelVocabulary, MetricDefinition } from '../../src/cluster-metrics/index.js';
import { alertGroups } from '../../monitoring/source/alerts.js';
import { recordingGroups } from '../../monitoring/source/recording-rules.js';
import { catalog } from '../../src/telemetry/catalog.js';

const all: [string, MetricDefinition][] = Object.entries(catalog);

function values(vocabulary: LabelVocabulary): string {
  return 'oneOf' in vocabulary ? vocabulary.oneOf : vocabulary.map((value) => `\`${value}\``).join(', ');
}

/** What several children's values become. */
function merging(definition: MetricDefinition): string {
  if (definition.type !== 'gauge') return 'added up; kept when a child is gone';
  const kept = definition.retention === 'live' ? 'gone with its process' : 'kept when its process is gone';
  return `${definition.merge}; ${kept}`;
}

function labelSet(definition: MetricDefinition): string {
  const pairs = Object.entries(definition.labels).map(([label, vocabulary]) => {
    const example = 'oneOf' in vocabulary ? exampleOf(label) : vocabulary[0];
    return `${label}="${example}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const examples: Readonly<Record<string, string>> = {
  tenant_id: 'acme',
  model: 'gpt-4o-mini',
  route: '/webhook/servicedesk',
  status_code: '202',
  role: 'worker',
  slot: '0',
};

function exampleOf(label: string): string {
  return examples[label] ?? 'value';
}

function exampleValue(definition: MetricDefinition): number {
  if (definition.type === 'counter') return 42;
  return definition.type === 'gauge' && definition.merge === 'ratio' ? 98.5 : 1;
}

function exampleOutput(name: string, definition: MetricDefinition): string {
  const labels = labelSet(definition);
  if (definition.type !== 'histogram') return `${name}${labels} ${exampleValue(definition)}`;
  const inner = labels.slice(1, -1);
  const le = `${inner}${inner === '' ? '' : ','}le=`;
  const bound = definition.buckets[Math.floor(definition.buckets.length / 2)];
  return [
    `${name}_bucket{${le}"${bound}"} 40`,
    `${name}_bucket{${le}"+Inf"} 42`,
    `${name}_sum${labels} 12.6`,
    `${name}_count${labels} 42`,
  ].join('\n');
}

function query(name: string, definition: MetricDefinition): string {
  const by = Object.keys(definition.labels).filter((label) => label !== 'queue_name' && label !== 'worker_type');
  const grouping = by.length === 0 ? '' : ` by (${by.join(', ')})`;
  switch (definition.type) {
    case 'counter':
      return `sum${grouping} (rate(${name}[5m]))`;
    case 'histogram':
      return `histogram_quantile(0.95, sum by (${[...by, 'le'].join(', ')}) (rate(${name}_bucket[5m])))`;
    case 'gauge':
      if (definition.merge === 'sum') return `sum${grouping} (${name})`;
      return `${definition.merge === 'ratio' ? 'min' : 'max'}${grouping} (${name})`;
  }
}

const recorded = new Map(
  recordingGroups.flatMap(({ rules }) => rules.flatMap((rule) => ('record' in rule ? [[rule.record, rule.expr]] : []))),
);

/** An expression with its recording rules written out, so that it shows which metrics it rests on. */
function writtenOut(expr: string): string {
  let text = expr;
  for (const [record, source] of recorded) if (expr.includes(record)) text += ` ${writtenOut(source)}`;
  return text;
}

/** The alerts that watch a metric, with links to their runbooks. Empty: none. */
function alertsOn(name: string): string {
  const pattern = new RegExp(`\\b${name}(_bucket|_sum|_count)?\\b(?!:)`);
  const names = alertGroups.flatMap(({ rules }) =>
    rules.filter(({ expr }) => pattern.test(writtenOut(expr))).map(({ alert }) => alert),
  );
  return [...new Set(names)].map((alert) => `[${alert}](runbooks/${alert}.md)`).join(', ');
}

/** Buckets that several metrics share are listed once. */
function bucketsOf(name: string, buckets: readonly number[]): string {
  const [first = name] =
    all.find(([, other]) => other.type === 'histogram' && other.buckets.join() === buckets.join()) ?? [];
  return first === name ? buckets.join(', ') : `those of \`${first}\``;
}

function describe([name, definition]: [string, MetricDefinition]): string {
  const labels = Object.entries(definition.labels).map(
    ([label, vocabulary]) => `| label \`${label}\` | ${values(vocabulary)} |`,
  );
  const alerts = alertsOn(name);
  return [
    `### \`${name}\``,
    '',
    definition.useCase,
    '',
    '| | |',
    '|---|---|',
    `| type | ${definition.type} |`,
    `| help | ${definition.help} |`,
    ...labels,
    ...(definition.type === 'histogram' ? [`| buckets | ${bucketsOf(name, definition.buckets)} |`] : []),
    `| over several processes | ${merging(definition)} |`,
    ...(alerts === '' ? [] : [`| alerts | ${alerts} |`]),
    '',
    '```',
    exampleOutput(name, definition),
    '```',
    '',
    '```promql',
    query(name, definition),
    '```',
  ].join('\n');
}

/** The reference part of docs/operations/metrics-guide.md. */
export function metricReference(): string {
  return all.map(describe).join('\n\n');
}
