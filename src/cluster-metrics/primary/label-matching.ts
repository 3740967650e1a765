/**
 * Series by their labels.
 *
 * Must not know: what is done with them.
 */
import type { Identity } from '../wire/identity.js';
import type { Family } from './family.js';
import type { Series } from './series.js';

/** What a series has to have: of each label one of the values. */
export type LabelMatch = Readonly<Record<string, string | readonly string[]>>;

/** Looks at each series once, however many values are wanted. @param name of a family; undefined: all */
export function* matching(
  families: Iterable<Family>,
  labels: LabelMatch,
  name: string | undefined,
  among: (family: Family) => readonly ReadonlyMap<string, Series>[],
): Generator<[Family, Series]> {
  const wanted = Object.entries(labels).map(([label, values]) => [label, new Set([values].flat())] as const);
  for (const family of families) {
    if (name !== undefined && family.name !== name) continue;
    for (const series of among(family).flatMap((some) => [...some.values()])) {
      const matches = wanted.every(([label, values]) => series.labelSet.some(([n, v]) => n === label && values.has(v)));
      if (matches) yield [family, series];
    }
  }
}

export function without(labels: Identity, names: readonly string[]): Identity {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}
