import { catalog, type MetricName } from '../../src/telemetry/catalog.js';

/**
 * PromQL selectors that are checked against the catalog by the compiler: a metric, a label or a value of a closed
 * vocabulary that does not exist cannot be written.
 */

/** A regular expression, written as it is: for dashboard variables and for values that have two spellings. */
export interface Pattern {
  readonly matches: string;
}

type Labels<N extends MetricName> = (typeof catalog)[N]['labels'];
type Matcher<V> = Pattern | (V extends readonly (infer Value extends string)[] ? Value | readonly Value[] : string);

/** Labels of the metric itself, and the ones that Prometheus adds to every target. */
export type Matchers<N extends MetricName> = {
  readonly [L in keyof Labels<N>]?: Matcher<Labels<N>[L]>;
} & { readonly job?: string | Pattern; readonly instance?: string | Pattern };

export type HistogramName = {
  [N in MetricName]: (typeof catalog)[N]['type'] extends 'histogram' ? N : never;
}[MetricName];

function matcher(label: string, value: string | readonly string[] | Pattern): string {
  if (typeof value === 'string') return `${label}="${value}"`;
  return 'matches' in value ? `${label}=~"${value.matches}"` : `${label}=~"${value.join('|')}"`;
}

function selector(name: string, matchers: Readonly<Record<string, string | readonly string[] | Pattern>>): string {
  const parts = Object.entries(matchers).map(([label, value]) => matcher(label, value));
  return parts.length === 0 ? name : `${name}{${parts.join(',')}}`;
}

/** `name{label="value",…}`; a list of values becomes an alternation. */
export function select<N extends MetricName>(name: N, matchers: Matchers<N> = {}): string {
  return selector(name, { ...matchers });
}

/** The histogram's number of observations. */
export function count<N extends HistogramName>(name: N, matchers: Matchers<N> = {}): string {
  return selector(`${name}_count`, { ...matchers });
}

/** The histogram's sum of observations, in the unit of its name. */
export function total<N extends HistogramName>(name: N, matchers: Matchers<N> = {}): string {
  return selector(`${name}_sum`, { ...matchers });
}

/**
 * The histogram's buckets, or the one bucket `le`.
 * Prometheus 3 stores `le="60"` as `le="60.0"`: only a pattern finds it in every version.
 *
 * @throws RangeError if `le` is not a bucket of this histogram: such a selector would never match
 */
export function bucket<N extends HistogramName>(name: N, matchers: Matchers<N> = {}, le?: number): string {
  if (le === undefined) return selector(`${name}_bucket`, { ...matchers });
  const bounds: readonly number[] = catalog[name].buckets;
  if (!bounds.includes(le))
    throw new RangeError(`${le} is not a bucket of ${name}: choose one of ${bounds.join(', ')}`);
  const pattern = Number.isInteger(le) ? `${le}(\\\\.0)?` : String(le).replace('.', '\\\\.');
  return selector(`${name}_bucket`, { ...matchers, le: { matches: pattern } });
}

export function sumBy(labels: readonly string[], expression: string): string {
  return `sum by (${labels.join(', ')}) (${expression})`;
}

export function maxBy(labels: readonly string[], expression: string): string {
  return `max by (${labels.join(', ')}) (${expression})`;
}

export function rate(expression: string, window: string): string {
  return `rate(${expression}[${window}])`;
}

export function increase(expression: string, window: string): string {
  return `increase(${expression}[${window}])`;
}

/** The quantile over all instances and children: buckets are added up first, because quantiles cannot be. */
export function quantile(share: number, by: readonly string[], bucketRate: string): string {
  return `histogram_quantile(${share}, ${sumBy([...by, 'le'], bucketRate)})`;
}
