import { getHeapStatistics } from 'node:v8';

/**
 * Of the heap that this process may use: for the search indexes of all its tenants. The rest is for jobs, for what is read
 * while an index is built, and for the garbage of both; with a small heap (256 MB) the process itself takes a quarter.
 */
const indexPart = 0.35;

/** How many bytes the search indexes of all tenants may take in this process. */
export function indexHeapBytes(): number {
  return getHeapStatistics().heap_size_limit * indexPart;
}
