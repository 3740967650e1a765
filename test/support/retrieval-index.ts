import type { Document } from '../../src/enhancement/ranking.js';
import { createRetrievalIndex, type RetrievalIndex } from '../../src/enhancement/retrieval.js';

export function indexOf(documents: readonly Document[]): RetrievalIndex<Document> {
  const index = createRetrievalIndex<Document>();
  for (const document of documents) index.upsert(document);
  return index;
}
