/**
 * How names, labels, numbers and exemplars are written in the two text formats that Prometheus scrapes.
 *
 * Must not know: which metrics there are.
 */
/**
 * The two text formats that Prometheus scrapes.
 * - text: https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details (version 0.0.4)
 * - openmetrics: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
export type Format = 'text' | 'openmetrics';

export const contentTypes = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<Format, string>;

export const openMetricsEnd = '# EOF\n';

export function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Names and values, in the order in which they are printed. */
export type LabelSet = readonly (readonly [name: string, value: string])[];

/** `name="value",…` without braces. */
export function formatLabels(labels: LabelSet): string {
  return labels.map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(',');
}

export function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function escapeHelp(help: string, format: Format): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

export function formatHeader(name: string, help: string, type: string, format: Format): string {
  return `# HELP ${name} ${escapeHelp(help, format)}\n# TYPE ${name} ${type}\n`;
}

export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Epoch seconds. */
  readonly timestamp: number;
}

/** ` # {labels} value timestamp`, or nothing: exemplars exist in OpenMetrics only. */
export function formatExemplar(exemplar: Exemplar | undefined, format: Format): string {
  if (exemplar === undefined || format === 'text') return '';
  return ` # {${formatLabels(Object.entries(exemplar.labels))}} ${formatNumber(exemplar.value)} ${exemplar.timestamp}`;
}
