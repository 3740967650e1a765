import type { ImportOutcome } from '../connectors/index.js';
import type { ResolvedEntry, ResolvedPage, ResolvedTickets } from '../connectors/desks/index.js';
import { EnhancementError, type ResolvedTicket } from '../enhancement/index.js';
import { readSolvedTicket } from '../intake/index.js';
import { type Pause, patiently } from './patience.js';

/** Takes a desk's resolved tickets into the history, as if each had come as the webhook of a resolved ticket. */

export interface ImportOptions {
  readonly tickets: ResolvedTickets;
  /** Tickets that were resolved earlier are left out. */
  readonly since: Date;
  /** Where an earlier run has ended. Undefined: at the beginning. */
  readonly cursor: string | undefined;
  /** Tickets that are added or replaced. */
  readonly limit: number;
  take(ticket: ResolvedTicket): Promise<ImportOutcome>;
  /** Called when all tickets of the pages before were taken in. @param next undefined: there are no more */
  reached(next: string | undefined): Promise<void>;
  readonly pause: Pause;
  /** Called after each page. */
  progress(counts: ImportCounts): void;
}

export interface ImportCounts {
  /** Resolved tickets of the desk that were looked at: the sum of the others. */
  readonly looked_at: number;
  readonly added: number;
  /** The history had them with other words. */
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
  /** The first ones. */
  readonly leftOut: readonly LeftOutTicket[];
  /** `all`: there are no more; `limit`: there may be; `full`: the history has no room for more. */
  readonly ended: 'all' | 'limit' | 'full';
}

/** Tickets that were left out and are named. */
const mostNamed = 200;

/**
 * One ticket after the other. A ticket that cannot be read or used is left out, named, and no end of the rest.
 *
 * @throws {EnhancementError} `DESK_*` of a page, or `STORE_UNAVAILABLE`; the signal's reason. What was taken in stays
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
      const outcome = await patiently(() => options.take(ticket), pause, signal);
      if (outcome === 'full') return false;
      counts[outcome]++;
    }
    counts.looked_at++;
    return true;
  }

  const pageAt = (at: string | undefined): Promise<ResolvedPage> =>
    patiently(() => tickets.page(since, at, signal), pause, signal);
  let page = await pageAt(options.cursor).catch((error: unknown) => {
    // The desk has forgotten where an earlier run was. What that run took in is passed over.
    if (options.cursor !== undefined && isRejected(error)) return pageAt(undefined);
    throw error;
  });
  for (;;) {
    for (const entry of page.tickets) {
      if (counts.added + counts.replaced >= limit) return { counts, leftOut, ended: 'limit' };
      if (!(await takeIn(entry))) return { counts, leftOut, ended: 'full' };
    }
    const { next } = page;
    await patiently(() => options.reached(next), pause, signal);
    options.progress({ ...counts });
    if (next === undefined) return { counts, leftOut, ended: 'all' };
    page = await pageAt(next);
  }
}

function isRejected(error: unknown): boolean {
  return error instanceof EnhancementError && error.code === 'DESK_REJECTED';
}

/** Failures that are about one ticket: it was deleted meanwhile, or the user may not see it. */
const ofOneTicket: readonly string[] = ['DESK_REJECTED', 'DESK_FORBIDDEN'];
/** Failures that may be about one ticket, or about the desk. */
const perhapsOfOneTicket: readonly string[] = [
  'DESK_UNAVAILABLE',
  'DESK_ANSWER_INVALID',
  'DESK_REFUSED',
  'DESK_CONFLICT',
];
/** So many of these one after the other are about the desk. */
const mostInARow = 3;

type ReadEntry =
  | { readonly ticket: ResolvedTicket }
  | { readonly reason: string }
  | { readonly reason: string; readonly failure: EnhancementError };

/** @throws {EnhancementError} which is not about this ticket; the signal's reason */
async function readEntry(entry: ResolvedEntry, pause: Pause, signal: AbortSignal): Promise<ReadEntry> {
  try {
    const fields = await patiently(() => entry.read(signal), pause, signal);
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
