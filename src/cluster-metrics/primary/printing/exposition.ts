/**
 * The two text formats that Prometheus scrapes: how names, labels, numbers and exemplars are written, and which are allowed.
 * - text: https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details (version 0.0.4)
 * - openmetrics: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 * Must not know: which metrics there are.
 */
export type Format = 'text' | 'openmetrics';

export const contentTypes = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<Format, string>;

export const openMetricsEnd = '# EOF\n';

/** Values by names, in the order in which they are printed; and the same as pairs. */
export type Labels = Readonly<Record<string, string>>;
export type LabelPairs = readonly (readonly [name: string, value: string])[];

/** https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export function isMetricName(name: unknown): boolean {
  return typeof name === 'string' && metricName.test(name);
}

export function isLabelName(name: unknown): boolean {
  // A second name of the metric: a scraper refuses the whole answer for it.
  return typeof name === 'string' && labelName.test(name) && name !== '__name__';
}

export function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const special = /[\\\n"]/;

function escape(text: string, quotes: boolean): string {
  if (!special.test(text)) return text;
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return quotes ? escaped.replaceAll('"', '\\"') : escaped;
}

/** `{name="value",…}`, or nothing: different for different labels, so it tells series apart, too. */
export function formatLabels(labels: LabelPairs): string {
  if (labels.length === 0) return '';
  return `{${labels.map(([name, value]) => `${name}="${escape(value, true)}"`).join(',')}}`;
}

export function formatHeader(name: string, help: string, type: string, format: Format): string {
  return `# HELP ${name} ${escape(help, format === 'openmetrics')}\n# TYPE ${name} ${type}\n`;
}

export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  /** Epoch seconds. */
  readonly timestamp: number;
}

/** ` # {labels} value timestamp` of OpenMetrics; empty without an exemplar. */
export function formatExemplar(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  return ` # ${formatLabels(Object.entries(exemplar.labels)) || '{}'} ${formatNumber(exemplar.value)} ${exemplar.timestamp}`;
}

/** Of all names and values of an exemplar together. */
const mostCharacters = 128;

/** A scraper refuses the whole answer for an exemplar that is not allowed. @returns a predicate, or undefined: it is allowed */
export function exemplarFault({ labels, value, timestamp }: Exemplar): string | undefined {
  let characters = 0;
  for (const [name, label] of Object.entries(labels)) {
    if (!isLabelName(name)) return `has a label named ${JSON.stringify(name)}, which is no label name`;
    if (!label.isWellFormed()) return `has a label value ${JSON.stringify(label)}, which is not well-formed Unicode`;
    // Prometheus reads it in the value of a label, and not in that of an exemplar's.
    if (label.includes('\0'))
      return `has a label value ${JSON.stringify(label)} with a NUL, which scrapers cannot read`;
    characters += name.length + Array.from(label).length; // code points
  }
  if (characters > mostCharacters) {
    return `has ${characters} characters, more than the ${mostCharacters} of OpenMetrics`;
  }
  if (!Number.isFinite(value) || !Number.isFinite(timestamp)) return 'has a value or a time that is not finite';
  return undefined;
}
