/** Parses Prometheus' text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** As in the line: for a histogram with the suffix `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The answer is not an exposition. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
  readonly code = 'EXPOSITION_INVALID';
}

const sampleLine = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const labelPair = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"\s*,?\s*/y;

/**
 * Metrics keep their order.
 *
 * @throws {ExpositionError} which names the first invalid line
 */
export function parseExposition(text: string): Metric[] {
  const metrics = new Map<string, { name: string; type: string; help: string; samples: Sample[] }>();
  const metric = (name: string) => {
    let found = metrics.get(name);
    if (found === undefined) {
      found = { name, type: 'untyped', help: '', samples: [] };
      metrics.set(name, found);
    }
    return found;
  };
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+)(?: (.*))?$/.exec(line) ?? [];
    if (keyword === 'HELP') metric(name).help = unescape(rest);
    else if (keyword === 'TYPE') metric(name).type = rest;
    else if (!line.startsWith('#')) {
      const sample = parseSample(line);
      if (sample === undefined) throw new ExpositionError(`line ${index + 1} is not a sample: ${line.slice(0, 80)}`);
      metric(familyOf(sample.name, (base) => metrics.get(base)?.type)).samples.push(sample);
    }
  }
  return [...metrics.values()];
}

function parseSample(line: string): Sample | undefined {
  const [, name, pairs = '', number] = sampleLine.exec(line) ?? [];
  if (name === undefined || number === undefined) return undefined;
  const value = parseValue(number);
  const labels = parseLabels(pairs);
  return value === undefined || labels === undefined ? undefined : { name, labels, value };
}

function parseLabels(pairs: string): Labels | undefined {
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  while (labelPair.lastIndex < pairs.length) {
    const [, label = '', text = ''] = labelPair.exec(pairs) ?? [];
    if (label === '') return undefined;
    labels[label] = unescape(text);
  }
  return labels;
}

function parseValue(text: string): number | undefined {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function unescape(text: string): string {
  return text.replace(/\\([\\"n])/g, (_all, character: string) => (character === 'n' ? '\n' : character));
}

function familyOf(sampleName: string, typeOf: (name: string) => string | undefined): string {
  const base = sampleName.replace(/_(bucket|sum|count)$/, '');
  const type = typeOf(base);
  return type === 'histogram' || type === 'summary' ? base : sampleName;
}
