/**
 * Exemplars as callers of a client's metric give them.
 *
 * Must not know: which metric one belongs to.
 */
import { type ClientExemplar, isObject, type Labels, textOf } from './client.js';
import type { StateExemplar } from './series-state.js';

/**
 * Whether the clients take it: they compare the characters of all names and values with OpenMetrics' limit, and have an
 * error of their own for more. No exemplar at all is fine.
 */
export function isExemplar(labels: unknown): labels is Labels | undefined {
  if (labels === undefined) return true;
  if (!isObject(labels)) return false;
  let length = 0;
  for (const [name, value] of Object.entries(labels)) length += name.length + textOf(value).length;
  return length <= 128;
}

export function exemplarNow(labelSet: Labels, value: number): StateExemplar {
  return { labelSet, value, timestamp: Date.now() / 1000 };
}

export function isNewer(
  found: ClientExemplar | null | undefined,
  known: StateExemplar | undefined,
): found is ClientExemplar {
  return found !== null && found !== undefined && (known === undefined || found.timestamp > known.timestamp);
}
