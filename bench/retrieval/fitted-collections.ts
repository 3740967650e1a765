import { smallerOnes } from './cases.js';
import type { Collection } from './collections.js';

/** What the model of confidence is fitted to: large collections and small ones. */
export function forFitting(collections: readonly Collection[]): Collection[] {
  return collections.flatMap((collection) => {
    if (collection.kind === 'Banking77') return [collection, ...smallerOnes(collection, 60, 4)];
    if (collection.kind.startsWith('XQuAD')) return [collection, ...smallerOnes(collection, 30, 3)];
    return [collection];
  });
}
