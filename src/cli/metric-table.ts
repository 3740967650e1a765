import type { Labels } from './exposition-parser.js';
import type { HistogramSeries, MetricReading, ValueSeries } from './metric-reading.js';
import { formatNumber, formatQuantity, type Unit } from './quantities.js';
import { alignCells, cut } from './text-table.js';
import type { Paint } from './terminal.js';

/**
 * Metrics as a table: each metric with its help, and below it a line for each label set.
 *
 * @param columns of the terminal, to which the help is cut; values are never cut
 */
export function metricTable(readings: readonly MetricReading[], paint: Paint, columns?: number): string[] {
  return readings.flatMap((reading, at) => [...(at === 0 ? [] : ['']), ...metricLines(reading, paint, columns)]);
}

function metricLines(reading: MetricReading, paint: Paint, columns: number | undefined): string[] {
  const { name, type, help, unit, series } = reading;
  const title = `${paint('bold', name)} ${paint('dim', `${type}  ${help}`)}`;
  const head = columns === undefined ? title : cut(title, columns);
  if (series.length === 0) return [head, `  ${paint('dim', 'no series')}`];
  const rows = series.map((one) => [labelText(one.labels), ...cellsOf(name, one, type, unit)]);
  const aligns = rows[0]?.map((_, at) => (at === 0 ? 'left' : 'right')) ?? [];
  return [head, ...alignCells(rows, aligns).map((line) => `  ${line}`)];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? '-' : pairs.join(' ');
}

function cellsOf(name: string, series: ValueSeries | HistogramSeries, type: string, unit: Unit): string[] {
  switch (series.kind) {
    case 'histogram': {
      const { count, mean, p50, p95, p99, rate } = series;
      const quantity = (value: number | null): string => (value === null ? '-' : formatQuantity(value, unit));
      return [
        `n ${formatNumber(count)}`,
        `mean ${quantity(mean)}`,
        `p50 ${quantity(p50)}`,
        `p95 ${quantity(p95)}`,
        `p99 ${quantity(p99)}`,
        ...(rate === null ? [] : [`${formatNumber(rate)}/s`]),
      ];
    }
    case 'value': {
      const { value, rate } = series;
      const shown = isMoment(name) ? moment(value) : formatQuantity(value, unit);
      if (rate === null) return [shown];
      if (type === 'counter') return [shown, `${formatQuantity(rate, unit)}/s`];
      return [shown, rate === 0 ? '' : `${rate > 0 ? '+' : ''}${formatQuantity(rate, unit)}`];
    }
  }
}

/** Whether its seconds are a point in time. */
function isMoment(name: string): boolean {
  return /_(start_time|timestamp|created)(_seconds)?$/.test(name);
}

function moment(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  return Number.isNaN(date.getTime()) ? formatNumber(epochSeconds) : date.toISOString().replace(/\.\d+Z$/, 'Z');
}
