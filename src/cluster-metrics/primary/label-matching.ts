/**
 * Series by their labels.
 *
 * Must not know: what is done with them.
 */
import type { Identity } from '../wire/identity.js';
import type { Family } from './family.js';
import type { Series } from './series.js';

/** Series that have all of these label values. @param name of a family; undefined: all */
export function* matching(
  families: Iterable<Family>,
  labels: Identity,
  name: string | undefined,
  among: (family: Family) => readonly ReadonlyMap<string, Series>[],
): Generator<[Family, Series]> {
  const wanted = Object.entries(labels);
  for (const family of families) {
    if (name !== undefined && family.name !== name) continue;
    for (const series of among(family).flatMap((some) => [...some.values()])) {
      const matches = wanted.every(([name, value]) => series.labelSet.some(([n, v]) => n === name && v === value));
      if (matches) yield [family, series];
    }
  }
}

export function without(labels: Identity, names: readonly string[]): Identity {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}
