import { Registry } from 'prom-client';
import { recordingGroups } from '../../monitoring/source/recording-rules.js';
import type { LabelVocabulary } from '../../src/cluster-metrics/wire/definition.js';
import { catalog } from '../../src/telemetry/catalog.js';
import { collectProcessMetrics } from '../../src/telemetry/process-metrics.js';
import { type Expression, type LabelMatcher, parsePromQl, type Selector } from './promql.js';

/** A series' labels; `undefined` values mean that any value is fine. */
type Labels = ReadonlyMap<string, readonly string[] | undefined>;

/** Prometheus adds them to whatever it scrapes. */
const targetLabels: [string, undefined][] = [
  ['job', undefined],
  ['instance', undefined],
];

function vocabulary(value: LabelVocabulary): readonly string[] | undefined {
  return 'oneOf' in value ? undefined : value;
}

function catalogSeries(): [string, Labels][] {
  return Object.entries(catalog).flatMap(([name, definition]): [string, Labels][] => {
    const own = Object.entries<LabelVocabulary>(definition.labels).map(
      ([label, values]) => [label, vocabulary(values)] as const,
    );
    const labels: Labels = new Map([...targetLabels, ...own]);
    if (definition.type !== 'histogram') return [[name, labels]];
    // Prometheus 2 keeps `60`, Prometheus 3 stores `60.0`.
    const bounds = definition.buckets.flatMap((bound) => [String(bound), Number.isInteger(bound) ? `${bound}.0` : '']);
    const le = [...bounds.filter((bound) => bound !== ''), '+Inf'];
    return [
      [`${name}_bucket`, new Map([...labels, ['le', le] as const])],
      [`${name}_count`, labels],
      [`${name}_sum`, labels],
    ];
  });
}

async function processSeries(): Promise<[string, Labels][]> {
  const registry = new Registry();
  collectProcessMetrics(registry, 'worker', 0);
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, values }) => {
    const labels = ['role', 'slot', ...values.flatMap((value) => Object.keys(value.labels))];
    return [name, new Map([...targetLabels, ...labels.map((label): [string, undefined] => [label, undefined])])];
  });
}

/** The level, which is the labels that are left, stands before the first colon. */
const levelLabels: Readonly<Record<string, readonly string[]>> = {
  job: ['job'],
  job_tenant_id: ['job', 'tenant_id'],
  job_queue_name: ['job', 'queue_name'],
  job_operation_type: ['job', 'operation_type'],
  job_tenant_id_le: ['job', 'tenant_id', 'le'],
  job_operation_type_le: ['job', 'operation_type', 'le'],
};

function recordedSeries(): [string, Labels][] {
  return recordingGroups.flatMap((group) =>
    group.rules.flatMap((rule): [string, Labels][] => {
      if (!('record' in rule)) return [];
      const labels = levelLabels[rule.record.slice(0, rule.record.indexOf(':'))];
      if (labels === undefined) throw new Error(`${rule.record} does not begin with a known level`);
      return [[rule.record, new Map(labels.map((label) => [label, undefined]))]];
    }),
  );
}

function prometheusSeries(): [string, Labels][] {
  const scraped: Labels = new Map(targetLabels);
  const alerts: Labels = new Map([...targetLabels, ['alertname', undefined], ['alertstate', ['pending', 'firing']]]);
  return [
    ['up', scraped],
    ['scrape_duration_seconds', scraped],
    ['scrape_samples_scraped', scraped],
    ['ALERTS', alerts],
  ];
}

export type KnownSeries = ReadonlyMap<string, Labels>;

/** Every series that exists where this service is watched: the catalog's, the processes', recorded ones, Prometheus' own. */
export async function knownSeries(): Promise<KnownSeries> {
  return new Map([...catalogSeries(), ...(await processSeries()), ...recordedSeries(), ...prometheusSeries()]);
}

function valueProblem({ label, operator, value }: LabelMatcher, values: readonly string[]): string | undefined {
  if (operator === '=' || operator === '!=') {
    return values.includes(value) ? undefined : `${label} is never "${value}", only ${values.join(', ')}`;
  }
  const dead = value.split('|').filter((part) => !values.some((known) => new RegExp(`^(?:${part})$`).test(known)));
  return dead.length === 0 ? undefined : `${label} never matches ${dead.join(' or ')}`;
}

/** The names among the known ones that a selector can mean, alternative by alternative. */
function meant({ metric, isPattern }: Selector, known: KnownSeries): { alternative: string; names: string[] }[] {
  const alternatives = isPattern ? metric.split('|') : [metric];
  return alternatives.map((alternative) => ({
    alternative,
    names: isPattern
      ? [...known.keys()].filter((name) => new RegExp(`^(?:${alternative})$`).test(name))
      : known.has(alternative)
        ? [alternative]
        : [],
  }));
}

function selectorProblems(selector: Selector, known: KnownSeries): string[] {
  const { metric, matchers } = selector;
  const all = meant(selector, known);
  const strangers = all
    .filter(({ names }) => names.length === 0)
    .map(({ alternative }) => `${alternative} does not exist`);
  if (strangers.length > 0) return strangers;
  const candidates = all.flatMap(({ names }) => names.flatMap((name) => known.get(name) ?? []));
  return matchers.flatMap((matcher) => {
    const having = candidates.filter((labels) => labels.has(matcher.label));
    if (having.length === 0) return [`${metric} has no label ${matcher.label}`];
    const problems = having.map((labels) => {
      const values = labels.get(matcher.label);
      return values === undefined ? undefined : valueProblem(matcher, values);
    });
    const [first] = problems;
    return first === undefined || problems.includes(undefined) ? [] : [`${metric}: ${first}`];
  });
}

/** The labels that results of an expression can have. */
export function labelsOf(expression: Expression, known: KnownSeries): ReadonlySet<string> {
  const names = expression.selectors.flatMap((selector) => meant(selector, known).flatMap(({ names: own }) => own));
  return new Set(['__name__', ...names.flatMap((name) => [...(known.get(name)?.keys() ?? [])])]);
}

/** Every name in an expression that does not exist; empty if all do. */
export function problemsOf(text: string, known: KnownSeries): string[] {
  const expression = parsePromQl(text);
  const groupingProblems = expression.groupings.flatMap(({ labels, selectors }) => {
    const possible = labelsOf({ selectors, groupings: [] }, known);
    return labels
      .filter((label) => !possible.has(label))
      .map((label) => `no series here has the label ${label}: ${selectors.map(({ metric }) => metric).join(', ')}`);
  });
  return [...expression.selectors.flatMap((selector) => selectorProblems(selector, known)), ...groupingProblems];
}
