import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HistoryDocument, toTicketDocument } from './history-document.js';
import type { IndexAccount } from './index-budget.js';
import { createLoopTurns, inTurns, type LoopTurns } from './loop-turns.js';
import type { HistoryChanges, LoadDocuments, TicketHistory } from './ports.js';
import type { RetrievalIndex } from './retrieval.js';
import { isWorn, mergeable, mergeSegments } from './segments/merge-segments.js';
import type { SegmentStore, StoreClaim, StoredIndex } from './segments/segment-store.js';
import type { StoredPart } from './segments/segmented-documents.js';
import { sum } from './sum.js';
import type { ResolvedTicket } from './ticket.js';

/** The newest so many tickets of a tenant are searched, fewer where the bounds in bytes are reached before. */
export const searchedTickets = 100_000;
/** Dropped at once when the bounds in bytes are reached: with each drop the whole index is written anew. */
const droppedPart = 0.1;
const claimPauseMs = 50;

export interface HistoryIndexOptions {
  readonly tenantId: string;
  readonly history: TicketHistory;
  readonly index: RetrievalIndex<HistoryDocument>;
  readonly account: IndexAccount;
  /** Tickets that are there from the start; the history's win over them. */
  readonly seed: LoadDocuments<ResolvedTicket> | undefined;
  /** Undefined: the index is in memory. */
  readonly store: SegmentStore | undefined;
  /** What is in memory alone is stored from this size on. */
  readonly storedFromBytes: number;
  /** The store cannot be written any more: the index grows in memory from now on. */
  readonly onStoreFailed: (error: unknown) => void;
}

/** Keeps an index at what is in the history and, with a store, shares it with the other processes of the machine. */
export interface HistoryIndex {
  /** Tickets that were left out because of bounds in bytes. */
  readonly skipped: number;
  /** Not to be called again before it has settled. */
  catchUp(signal: AbortSignal): Promise<void>;
  forget(): void;
}

export function createHistoryIndex(options: HistoryIndexOptions): HistoryIndex {
  const { tenantId, history, index, account, seed, storedFromBytes, onStoreFailed } = options;
  const { documents } = index;
  let { store } = options;
  /** Of the store, what is in the index. */
  let stored: StoredIndex | undefined;
  /** Identifies the tickets that the index began with; undefined: it has not begun. */
  let seeded: string | undefined;
  /** What is stored has to do with tickets that are no longer there. */
  let isOutdated = false;
  let cursor = 0;
  let skipped = 0;

  function forget(): void {
    index.clear();
    store?.close();
    stored = undefined;
    seeded = undefined;
    isOutdated = false;
    cursor = 0;
    skipped = 0;
  }

  /** Takes over what another process has stored since. */
  function adopt(): void {
    const latest = store?.load();
    if (latest === stored) return;
    stored = latest;
    isOutdated = false;
    documents.reset(latest?.parts ?? []);
    cursor = latest?.cursor ?? 0;
    skipped = latest?.skipped ?? 0;
    // An index that another process began with other tickets is as good: files are read once in a process's life.
    if (latest === undefined) seeded = undefined;
    else if (seeded !== undefined) seeded = latest.seed;
  }

  async function readSeed(use: (ticket: ResolvedTicket) => Promise<void>): Promise<string> {
    const hash = createHash('sha256');
    await seed?.(async (ticket) => {
      hash.update(JSON.stringify(ticket));
      await use(ticket);
    });
    return hash.digest('hex');
  }

  async function beginAnew(turns: LoopTurns, signal: AbortSignal): Promise<void> {
    documents.reset([]);
    cursor = 0;
    skipped = 0;
    isOutdated = stored !== undefined;
    seeded = undefined;
    seeded = await readSeed((ticket) => addInTurn(ticket, turns, signal));
  }

  async function begin(turns: LoopTurns, signal: AbortSignal): Promise<void> {
    if (seeded !== undefined) return;
    if (stored === undefined) return beginAnew(turns, signal);
    const present = await readSeed(async () => turns.pause());
    if (present === stored.seed) seeded = present;
    else await beginAnew(turns, signal);
  }

  async function addInTurn(ticket: ResolvedTicket, turns: LoopTurns, signal: AbortSignal): Promise<void> {
    index.upsert(toTicketDocument(ticket));
    if (index.size > searchedTickets) documents.removeOldest(index.size - searchedTickets);
    await inTurns(documents.tidy(), turns);
    if (store === undefined) await keepWithinMemory(turns);
    await turns.pause();
    signal.throwIfAborted();
  }

  function drop(part: number): void {
    const count = Math.ceil(index.size * part);
    documents.removeOldest(count);
    skipped += count;
  }

  async function keepWithinMemory(turns: LoopTurns): Promise<void> {
    while (!account.holds(index.bytes) && index.size > 0) {
      drop(droppedPart);
      await inTurns(documents.compact(), turns);
    }
  }

  /** @param fromBytes so many bytes that are in memory alone are worth it */
  function isToBeStored(fromBytes: number): boolean {
    if (isOutdated) return true;
    documents.freeze();
    const ofParts = documents.parts.map(({ segment, file }) => (file === undefined ? segment.bytes : 0));
    return sum(ofParts) >= fromBytes;
  }

  /** Writes what is in memory alone, together with parts that it is to be merged with. */
  async function save(claim: StoreClaim, turns: LoopTurns): Promise<void> {
    documents.freeze();
    const bytes = sum(documents.parts.map(({ segment }) => segment.bytes));
    const isOver = bytes > claim.mostBytes;
    if (isOver) drop(1 - ((1 - droppedPart) * claim.mostBytes) / bytes);
    const merged = isOver ? [...documents.parts] : partsToMerge(documents.parts);
    documents.replace(merged, await write(claim, merged, turns));
    isOutdated = false;
    stored = claim.commit({ cursor, seed: seeded ?? '', skipped }, documents.parts);
  }

  async function write(claim: StoreClaim, parts: readonly StoredPart[], turns: LoopTurns): Promise<StoredPart> {
    const writer = claim.write();
    try {
      await inTurns(mergeSegments(parts, writer.sink), turns, claim.refresh);
      return writer.end();
    } catch (error) {
      writer.abandon();
      throw error;
    }
  }

  /** Builds the index in memory, as far as the budget lets it. */
  function withoutStore(error: unknown): void {
    forget();
    store = undefined;
    onStoreFailed(error);
  }

  async function catchUp(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const turns = createLoopTurns();
    const changesSince = readingAhead((from) => history.changesSince(tenantId, from, signal));
    /** Kept until the index has caught up: others wait for what is being built, and do not build it too. */
    let claim: StoreClaim | undefined;
    try {
      try {
        adopt();
      } catch (error) {
        withoutStore(error);
      }
      for (;;) {
        await begin(turns, signal);
        const changes = await changesSince(cursor);
        if (changes.reset) await beginAnew(turns, signal);
        for (const ticket of changes.tickets) await addInTurn(ticket, turns, signal);
        cursor = changes.cursor;
        const isAll = changes.tickets.length === 0;
        // A process that has built an index leaves nothing of it to be read again at each start.
        const fromBytes = isAll && claim !== undefined ? 1 : storedFromBytes;
        if (store === undefined || !isToBeStored(fromBytes)) {
          if (isAll) break;
          continue;
        }
        try {
          claim ??= await claimOf(store, signal);
          if (store.load() === stored) await save(claim, turns);
          else adopt();
        } catch (error) {
          signal.throwIfAborted();
          withoutStore(error);
        }
      }
    } finally {
      claim?.release();
    }
    account.holds(index.bytes);
  }

  return {
    // A ticket that was left out is no longer one of the newest when as many have come after it.
    get skipped() {
      return Math.min(skipped, searchedTickets - index.size);
    },
    catchUp,
    forget,
  };
}

/** Reads the next page while the last one is being indexed. */
function readingAhead(read: (from: number) => Promise<HistoryChanges>): (from: number) => Promise<HistoryChanges> {
  let ahead: { readonly from: number; readonly page: Promise<HistoryChanges> } | undefined;
  return async (from) => {
    const page = await (ahead?.from === from ? ahead.page : read(from));
    ahead = page.tickets.length === 0 ? undefined : { from: page.cursor, page: read(page.cursor) };
    // Told when it is asked for, if it is.
    ahead?.page.catch(() => undefined);
    return page;
  };
}

async function claimOf(store: SegmentStore, signal: AbortSignal): Promise<StoreClaim> {
  for (;;) {
    const claim = store.claim();
    if (claim !== undefined) return claim;
    await sleep(claimPauseMs, undefined, { signal });
  }
}

/** The last parts: those in memory, and stored ones of their size, or of which much is removed. */
function partsToMerge(parts: readonly StoredPart[]): StoredPart[] {
  const stored = parts.filter(({ file }) => file !== undefined);
  const own = parts.slice(stored.length);
  const bytesOf = (some: readonly StoredPart[]): number[] => some.map(({ segment }) => segment.bytes);
  const sizes = [...bytesOf(stored), sum(bytesOf(own))];
  const firstWorn = stored.findIndex(isWorn);
  const first = Math.min(stored.length, sizes.length - mergeable(sizes), firstWorn < 0 ? stored.length : firstWorn);
  return parts.slice(first);
}
