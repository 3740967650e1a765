import { getHeapStatistics } from 'node:v8';

/**
 * Part of this process's maximum heap that search indexes may use. The remainder is for jobs, for files that are read while
 * an index is built, and for garbage; of a small heap (256 MB) the process itself uses a quarter.
 */
const indexPart = 0.35;

/** How many bytes the search indexes of all tenants may take in this process. */
export function indexHeapBytes(): number {
  return getHeapStatistics().heap_size_limit * indexPart;
}
