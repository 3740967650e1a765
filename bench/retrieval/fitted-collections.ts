import { smallerOnes } from './cases.js';
import type { Collection } from './collections.js';
import { demoCollections } from './demo-collections.js';

/** What the model of confidence is fitted to: large collections, small parts of them, and those of the demo tenants. */
export async function withSmallOnes(collections: readonly Collection[]): Promise<Collection[]> {
  const parts = collections.flatMap((collection) => {
    if (collection.kind === 'Banking77') return smallerOnes(collection, 60, 4);
    return collection.kind.startsWith('XQuAD') ? smallerOnes(collection, 30, 3) : [];
  });
  return [...collections, ...parts, ...(await demoCollections())];
}
