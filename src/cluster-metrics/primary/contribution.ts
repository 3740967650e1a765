/**
 * How the values that several children hold for one gauge become one.
 *
 * Must not know: how a gauge is printed.
 */
import type { MergeRule, Retention } from '../wire/definition.js';

/** One process; the live values of a stale one do not count. */
export interface Contributor {
  readonly stale: boolean;
}

/** What one child holds for one gauge series. */
export interface Contribution {
  /** Undefined: left behind by children that are gone (cumulative gauges only). */
  readonly source: Contributor | undefined;
  value: number;
  /** How many children's values are folded into this one; an average needs it. */
  weight: number;
  /** Order of introduction, for `first`. */
  readonly introduced: number;
  /** Order of the last update, for `most-recent`. */
  updated: number;
}

type Fold = (a: Contribution, b: Contribution) => number;

/** Merging is folding two contributions into one, so that the dead can be folded away and memory stays bounded. */
const folds: Record<Exclude<MergeRule, 'omit' | 'ratio'>, Fold> = {
  sum: (a, b) => a.value + b.value,
  min: (a, b) => Math.min(a.value, b.value),
  max: (a, b) => Math.max(a.value, b.value),
  average: (a, b) => (a.value * a.weight + b.value * b.weight) / (a.weight + b.weight),
  first: (a, b) => (a.introduced <= b.introduced ? a.value : b.value),
  'most-recent': (a, b) => (a.updated >= b.updated ? a.value : b.value),
  // The identity labels keep children apart; only a slot's former and present child meet here.
  'per-child': (a, b) => (a.updated >= b.updated ? a.value : b.value),
};

export type FoldRule = keyof typeof folds;

export function fold(rule: FoldRule, a: Contribution, b: Contribution): Contribution {
  return {
    source: undefined,
    value: folds[rule](a, b),
    weight: a.weight + b.weight,
    introduced: Math.min(a.introduced, b.introduced),
    updated: Math.max(a.updated, b.updated),
  };
}

/** A stale child's live values are left out: they may no longer be true. */
export function counts(contribution: Contribution, retention: Retention): boolean {
  return retention === 'cumulative' || contribution.source === undefined || !contribution.source.stale;
}

/** @returns undefined when nothing counts */
export function merge(rule: FoldRule, retention: Retention, all: readonly Contribution[]): number | undefined {
  let merged: Contribution | undefined;
  for (const one of all) {
    if (counts(one, retention)) merged = merged === undefined ? one : fold(rule, merged, one);
  }
  return merged?.value;
}
