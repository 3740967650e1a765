/**
 * Shares the heap that search indexes may take in this process among all tenants' indexes. An index that holds more than an
 * equal share gives way to others: so large ones displace each other, and never a small one.
 */
export interface IndexBudget {
  /**
   * @param part of the whole budget that this index may take at most, 0 to 1
   * @param forget empties the index; it is built again at its next use
   */
  open(part: number, forget: () => void): IndexAccount;
}

/** What one index takes of the budget. */
export interface IndexAccount {
  /** Tells how many bytes the index takes now. False: it has to become smaller. */
  holds(bytes: number): boolean;
  /** The index is not evicted while `work` runs, and is the most recently used one afterwards. */
  use<T>(work: () => Promise<T>): Promise<T>;
}

/** No bounds: for one index by itself. */
export const unlimitedBudget: IndexBudget = {
  open: () => ({ holds: () => true, use: (work) => work() }),
};

interface Entry {
  bytes: number;
  uses: number;
  forget(): void;
}

export function createIndexBudget(budgetBytes: number): IndexBudget {
  /** Least recently used first. */
  const entries = new Set<Entry>();
  let total = 0;

  const equalShare = (): number => budgetBytes / Math.max(1, entries.size);

  function set(entry: Entry, bytes: number): void {
    total += bytes - entry.bytes;
    entry.bytes = bytes;
    if (bytes === 0) entries.delete(entry);
    else entries.add(entry);
  }

  function makeRoom(): void {
    for (const entry of entries) {
      if (total <= budgetBytes) return;
      if (entry.uses > 0 || entry.bytes <= equalShare()) continue;
      set(entry, 0);
      entry.forget();
    }
  }

  return {
    open(part, forget) {
      const entry: Entry = { bytes: 0, uses: 0, forget };
      return {
        holds(bytes) {
          set(entry, bytes);
          if (bytes > budgetBytes * part) return false;
          makeRoom();
          // What others use at this moment cannot be evicted.
          return total <= budgetBytes || bytes <= equalShare();
        },
        async use(work) {
          entry.uses++;
          try {
            return await work();
          } finally {
            entry.uses--;
            if (entries.delete(entry)) entries.add(entry);
          }
        },
      };
    },
  };
}
