import { getHeapStatistics } from 'node:v8';

/** A part of what the heap may take, though packed indexes are beside it: an operator sizes both by one figure. */
const indexPart = 0.35;

/** How many bytes of memory the search indexes of all tenants may take in this process. */
export function indexBytes(): number {
  return getHeapStatistics().heap_size_limit * indexPart;
}
