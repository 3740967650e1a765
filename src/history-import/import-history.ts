import type { ImportOutcome } from '../connectors/index.js';
import type { ResolvedEntry, ResolvedPage, ResolvedTickets } from '../connectors/desks/index.js';
import { EnhancementError, type ResolvedTicket } from '../enhancement/index.js';
import { readSolvedTicket } from '../intake/index.js';
import { type Pause, retrying } from './retry.js';

/** Imports a desk's resolved tickets into the history, as if the desk had sent the webhook of each. */

export interface ImportOptions {
  readonly tickets: ResolvedTickets;
  /** Tickets that were resolved earlier are left out. */
  readonly since: Date;
  /** The page at which an earlier run ended. Undefined: the first page. */
  readonly cursor: string | undefined;
  /** The run ends after this many added or replaced tickets. */
  readonly limit: number;
  take(ticket: ResolvedTicket): Promise<ImportOutcome>;
  /** Called when all tickets of a page are imported. @param next the next page; undefined: there is none */
  reached(next: string | undefined): Promise<void>;
  readonly pause: Pause;
  /** Called after each page. */
  progress(counts: ImportCounts): void;
}

export interface ImportCounts {
  /** Resolved tickets that were read: the sum of the other counts. */
  readonly looked_at: number;
  readonly added: number;
  /** Tickets that the history had with another content. */
  readonly replaced: number;
  readonly unchanged: number;
  readonly left_out: number;
}

export interface LeftOutTicket {
  readonly ticket_id: string;
  readonly reason: string;
}

export interface ImportResult {
  readonly counts: ImportCounts;
  /** The first {@link mostNamed} of them. */
  readonly leftOut: readonly LeftOutTicket[];
  /** `all`: no ticket is left; `limit`: some may be; `full`: the history has no room for more. */
  readonly ended: 'all' | 'limit' | 'full';
}

/** Skipped tickets that are named. */
const mostNamed = 200;

/**
 * Reads one ticket after the other. A ticket that cannot be read or used is skipped and named.
 *
 * @throws {EnhancementError} `DESK_*` of a page, or `STORE_UNAVAILABLE`; the signal's reason. Imported tickets are kept
 */
export async function importHistory(options: ImportOptions, signal: AbortSignal): Promise<ImportResult> {
  const { tickets, since, limit, pause } = options;
  const counts = { looked_at: 0, added: 0, replaced: 0, unchanged: 0, left_out: 0 };
  const leftOut: LeftOutTicket[] = [];
  let failedInARow = 0;

  /** @returns whether there is room for more */
  async function takeIn(entry: ResolvedEntry): Promise<boolean> {
    const read = await readEntry(entry, pause, signal);
    failedInARow = 'failure' in read && !ofOneTicket.includes(read.failure.code) ? failedInARow + 1 : 0;
    if ('failure' in read && failedInARow === mostInARow) throw read.failure;
    if ('reason' in read) {
      counts.left_out++;
      if (leftOut.length < mostNamed) leftOut.push({ ticket_id: entry.ticketId, reason: read.reason });
    } else {
      const { ticket } = read;
      const outcome = await retrying(() => options.take(ticket), pause, signal);
      if (outcome === 'full') return false;
      counts[outcome]++;
    }
    counts.looked_at++;
    return true;
  }

  const pageAt = (at: string | undefined): Promise<ResolvedPage> =>
    retrying(() => tickets.page(since, at, signal), pause, signal);
  let { cursor } = options;
  let page = await pageAt(cursor).catch((error: unknown) => {
    const isRejected = error instanceof EnhancementError && error.code === 'DESK_REJECTED';
    if (cursor === undefined || !isRejected) throw error;
    // The desk no longer knows the cursor of an earlier run. Its tickets are read again, and found unchanged.
    cursor = undefined;
    return pageAt(cursor);
  });
  const seen = new Set([cursor]);
  for (;;) {
    for (const entry of page.tickets) {
      if (counts.added + counts.replaced >= limit) return { counts, leftOut, ended: 'limit' };
      if (!(await takeIn(entry))) return { counts, leftOut, ended: 'full' };
    }
    const { next } = page;
    await retrying(() => options.reached(next), pause, signal);
    options.progress({ ...counts });
    if (next === undefined) return { counts, leftOut, ended: 'all' };
    if (seen.has(next)) throw new EnhancementError('DESK_ANSWER_INVALID', repeatedPage);
    seen.add(next);
    page = await pageAt(next);
  }
}

/** Otherwise the import of a desk that answers so would not end. */
const repeatedPage =
  'The desk names a page that it has sent before as the next one. What it has sent is imported. Check the desk’s release.';

/** Failures that concern one ticket: it was deleted, or the user must not see it. */
const ofOneTicket: readonly string[] = ['DESK_REJECTED', 'DESK_FORBIDDEN'];
/** Failures that may concern one ticket, or the desk. */
const perhapsOfOneTicket: readonly string[] = [
  'DESK_UNAVAILABLE',
  'DESK_ANSWER_INVALID',
  'DESK_REFUSED',
  'DESK_CONFLICT',
];
/** After this many such failures in a row, the desk is the reason. */
const mostInARow = 3;

type ReadEntry =
  | { readonly ticket: ResolvedTicket }
  | { readonly reason: string }
  | { readonly reason: string; readonly failure: EnhancementError };

/** @throws {EnhancementError} which does not concern this ticket; the signal's reason */
async function readEntry(entry: ResolvedEntry, pause: Pause, signal: AbortSignal): Promise<ReadEntry> {
  try {
    const fields = await retrying(() => entry.read(signal), pause, signal);
    const reading = await readSolvedTicket(fields, Date.now());
    if ('problems' in reading) {
      return { reason: reading.problems.map(({ field, message }) => `${field} ${message}`).join('; ') };
    }
    const { ticket } = reading;
    return ticket.resolution === ''
      ? { reason: 'it has no resolution' }
      : { ticket: { ...ticket, tags: [...ticket.tags] } };
  } catch (error) {
    if (!(error instanceof EnhancementError)) throw error;
    const isOfTicket = ofOneTicket.includes(error.code) || perhapsOfOneTicket.includes(error.code);
    if (!isOfTicket) throw error;
    return { reason: error.message, failure: error };
  }
}
