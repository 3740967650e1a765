import type { IndexBudget } from './index-budget.js';
import { createLoopTurns, inTurns } from './loop-turns.js';
import type { LoadDocuments } from './ports.js';
import type { Document } from './ranking.js';
import { createRetrievalIndex, type RetrievalIndex } from './retrieval.js';

/** The index of one tenant's source in files: documents in their order, until its part of the budget is used up. */
export interface LoadedIndex<D extends Document> {
  readonly index: RetrievalIndex<D>;
  /** Documents that did not fit. */
  readonly skipped: number;
  /**
   * Loads the documents before the first search, and again after a failure or an eviction. The index is not evicted while
   * `search` runs.
   */
  use<T>(search: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface LoadedIndexOptions<T, D extends Document> {
  readonly load: LoadDocuments<T>;
  readonly toDocument: (loaded: T) => D;
  readonly budget: IndexBudget;
  /** Of the budget for all tenants. */
  readonly part: number;
}

export function createLoadedIndex<T, D extends Document>(options: LoadedIndexOptions<T, D>): LoadedIndex<D> {
  const { load, toDocument, budget, part } = options;
  const index = createRetrievalIndex<D>();
  const account = budget.open(part, forget);
  let skipped = 0;
  let loading: Promise<void> | undefined;

  function forget(): void {
    index.clear();
    skipped = 0;
    loading = undefined;
  }

  /** @returns false when it does not fit */
  function add(document: D): boolean {
    index.upsert(document);
    if (account.holds(index.bytes)) return true;
    index.remove(document.id);
    account.holds(index.bytes);
    return false;
  }

  async function fill(): Promise<void> {
    const turns = createLoopTurns();
    await load(async (loaded) => {
      if (skipped > 0 || !add(toDocument(loaded))) skipped++;
      await inTurns(index.documents.tidy(), turns);
      await turns.pause();
    });
  }

  return {
    index,
    get skipped() {
      return skipped;
    },
    use: (search, signal) =>
      account.use(async () => {
        loading ??= fill().catch((error: unknown) => {
          forget();
          account.holds(0);
          throw error;
        });
        await loading;
        signal.throwIfAborted();
        return search();
      }),
  };
}
