import { getHeapStatistics } from 'node:v8';

/** A share of the heap limit. Packed indexes are outside the heap, but an operator sizes both by this one figure. */
const indexPart = 0.35;

/** Memory for the search indexes of all tenants in this process. Bytes. */
export function indexBytes(): number {
  return getHeapStatistics().heap_size_limit * indexPart;
}
