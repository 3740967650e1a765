/**
 * Which metrics are shown, and under which definition. Processes may disagree about a metric, as while a reload changes its
 * buckets: the definition that a live process has held for longest is shown, others are counted and wait. When no live
 * process holds the one that is shown, the next takes its name, and what was counted under the former goes.
 * Must not know: how series are added up, nor who reports.
 */
import { type Identity, isMetricType, type MetricIntroduction } from '../../wire/protocol.js';
import { isMergeRule } from '../../wire/definition.js';
import { isLabelName, isMetricName } from '../printing/exposition.js';
import { Family } from './family.js';

export class Families {
  readonly #shown = new Map<string, Family>();
  readonly #waiting = new Set<Family>();

  /** @param created whether OpenMetrics gets `_created` lines */
  constructor(readonly created: boolean) {}

  /** By name, so that two scrapes compare line by line. */
  get sorted(): readonly Family[] {
    return [...this.#shown.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Shown or waiting; of one name, or of any. */
  named(name?: string): Family[] {
    const all = [...this.#shown.values(), ...this.#waiting];
    return name === undefined ? all : all.filter((family) => family.name === name);
  }

  get(name: string): Family | undefined {
    return this.#shown.get(name);
  }

  /** One more process holds a metric. @returns its family, and why it is not shown, if it is not */
  hold(introduction: MetricIntroduction): { readonly family: Family; readonly conflict: string | undefined } {
    const family =
      this.named(introduction.name).find((known) => known.conflictWith(introduction) === undefined) ??
      new Family(introduction, this.created);
    family.holders += 1;
    family.describe(introduction.help);
    const conflict = this.#show(family);
    if (conflict !== undefined) this.#waiting.add(family);
    return { family, conflict };
  }

  /** A process is gone, or has the metric no longer. */
  letGo(family: Family): void {
    family.holders -= 1;
    if (family.holders > 0) return;
    for (const one of this.#waiting) {
      if (one.holders === 0 || this.#show(one) === undefined) this.#waiting.delete(one);
    }
  }

  /** Shows a family unless one that a process holds conflicts with it. @returns why it cannot be shown */
  #show(family: Family): string | undefined {
    if (this.#shown.get(family.name) === family) return undefined;
    const unheld: Family[] = [];
    for (const other of this.#shown.values()) {
      const conflict = conflictBetween(other, family);
      if (conflict === undefined) continue;
      if (other.holders > 0) return conflict;
      unheld.push(other);
    }
    for (const other of unheld) this.#shown.delete(other.name);
    for (const other of this.#shown.values()) {
      if (family.givesWayTo(other)) family.declareUnknown();
      else if (other.givesWayTo(family)) other.declareUnknown();
    }
    this.#shown.set(family.name, family);
    return undefined;
  }
}

/** @returns a predicate, such as `has other buckets` */
function conflictBetween(shown: Family, other: Family): string | undefined {
  if (shown.name === other.name) return shown.conflictWith(other.definition) ?? 'is defined twice';
  for (const format of ['text', 'openmetrics'] as const) {
    const names = new Set(shown.sampleNames(format, other));
    const same = other.sampleNames(format, shown).find((name) => names.has(name));
    if (same !== undefined) return `prints ${same}, which ${shown.name} prints in the ${format} format`;
  }
  return undefined;
}

/**
 * A process that introduces what cannot be printed beside the others, by a defect or on purpose, must not spoil the answer.
 *
 * @param identity labels that are printed besides
 * @returns a predicate, such as `has no valid name`; undefined: it is as it must be
 */
export function introductionFault(
  introduction: { readonly [K in keyof MetricIntroduction]?: unknown },
  identity: Identity,
): string | undefined {
  const { id, name, help, type, labelNames, constantLabels = {}, merge, retention, buckets = [] } = introduction;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return 'has no valid id';
  if (!isMetricName(name)) return 'has no valid name';
  if (typeof help !== 'string') return 'has no help';
  if (!isMetricType(type)) return 'is of no type that is known';
  if (!Array.isArray(labelNames) || !labelNames.every(isLabelName)) return 'has labels without a valid name';
  if (typeof constantLabels !== 'object' || constantLabels === null) return 'has no valid constant labels';
  if (!Object.entries(constantLabels).every(isLabel)) return 'has no valid constant labels';
  if (!Object.entries(identity).every(isLabel)) return 'has labels of an identity that cannot be printed';
  const names = [...labelNames, ...Object.keys(constantLabels)];
  const isLeTaken = type === 'histogram' && [...names, ...Object.keys(identity)].includes('le');
  if (isLeTaken || new Set(names).size < names.length) return 'prints a label twice';
  if (!isMergeRule(merge) || (merge === 'ratio' && type !== 'gauge')) return 'has no valid merge rule';
  if (retention !== 'live' && retention !== 'cumulative') return 'has no valid merge rule';
  if (!Array.isArray(buckets) || !buckets.every(isBound)) return 'has no valid buckets';
  return undefined;
}

function isLabel([name, value]: readonly [string, unknown]): boolean {
  return isLabelName(name) && typeof value === 'string' && value.isWellFormed();
}

function isBound(bound: unknown, at: number, bounds: readonly unknown[]): boolean {
  const before = at === 0 ? Number.NEGATIVE_INFINITY : Number(bounds[at - 1]);
  return typeof bound === 'number' && Number.isFinite(bound) && bound > before;
}
