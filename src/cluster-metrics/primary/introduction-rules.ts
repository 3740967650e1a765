/**
 * What a metric must be to be printed beside the others: a process that introduces anything else, by a defect or on purpose,
 * must not spoil the answer for the rest.
 *
 * Must not know: who introduces it.
 */
import { isMergeRule } from '../wire/definition.js';

/** https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Ids are counted up from zero, one for each metric of a process. */
const maxMetricId = 1_000_000;

const types: readonly unknown[] = ['counter', 'gauge', 'histogram', 'summary'];

type Unchecked<T> = { readonly [K in keyof T]?: unknown };

interface Checked {
  id: unknown;
  name: unknown;
  help: unknown;
  type: unknown;
  labelNames: unknown;
  constantLabels: unknown;
  merge: unknown;
  retention: unknown;
  buckets: unknown;
}

/** @returns a predicate, such as `has no valid name`; undefined: it is as it must be */
export function introductionFault(introduction: Unchecked<Checked>): string | undefined {
  const { id, name, help, type, labelNames, constantLabels = {}, merge, retention, buckets = [] } = introduction;
  if (!isId(id)) return 'has no valid id';
  if (!matches(name, metricName)) return 'has no valid name';
  if (typeof help !== 'string') return 'has no help';
  if (!types.includes(type)) return 'is of no type that is known';
  if (!Array.isArray(labelNames) || !labelNames.every(isLabelName)) return 'has labels without a valid name';
  if (typeof constantLabels !== 'object' || constantLabels === null) return 'has no valid constant labels';
  for (const [label, value] of Object.entries(constantLabels)) {
    if (!isLabelName(label) || typeof value !== 'string') return 'has no valid constant labels';
  }
  if (!isMergeRule(merge) || (retention !== 'live' && retention !== 'cumulative')) return 'has no valid merge rule';
  if (!Array.isArray(buckets) || !buckets.every((bound) => typeof bound === 'number')) return 'has no valid buckets';
  return undefined;
}

export function isId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < maxMetricId;
}

function matches(text: unknown, pattern: RegExp): boolean {
  return typeof text === 'string' && pattern.test(text);
}

function isLabelName(name: unknown): boolean {
  return matches(name, labelName);
}
