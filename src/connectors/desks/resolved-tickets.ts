import { isOurNote } from '../../enhancement/index.js';
import type { DeskFields } from './desk-webhook.js';

/** The resolved tickets of a desk, for an import into the history. */
export interface ResolvedTickets {
  /**
   * One page, in the desk's own order. The set may grow while it is read: a page may repeat tickets of an earlier one, and
   * every ticket that stays resolved is on one page.
   *
   * @param since tickets that were resolved earlier are left out
   * @param cursor `next` of the page before, of an earlier process too; undefined: the first page
   * @throws {EnhancementError} `DESK_*`, of which `DESK_REJECTED` may mean that the cursor has expired, after an hour on
   * some desks; the signal's reason
   */
  page(since: Date, cursor: string | undefined, signal: AbortSignal): Promise<ResolvedPage>;
}

export interface ResolvedPage {
  readonly tickets: readonly ResolvedEntry[];
  /** Numbers and cursors, never an address, which could lead anywhere. Undefined: this was the last page. */
  readonly next: string | undefined;
}

export interface ResolvedEntry {
  readonly ticketId: string;
  /**
   * The fields of a resolved ticket's webhook, with the desk's values; without `resolution` if the ticket has none.
   *
   * @throws {EnhancementError} `DESK_*`, of which `DESK_REJECTED` and `DESK_FORBIDDEN` are about this ticket alone; the
   * signal's reason
   */
  read(signal: AbortSignal): Promise<DeskFields>;
}

/** Reads resolved tickets, with one request at a time that changes nothing. */
export type Get = (url: URL, signal: AbortSignal) => Promise<unknown>;

/** Tickets of one page that are read: a desk may return more than were requested. */
export const mostTickets = 1000;

/** Pages of a ticket's comments that are searched for its resolution. */
export const mostCommentPages = 5;

/** Whether a desk's time is not before `since`. True for a time that cannot be parsed, so that the ticket is imported. */
export function isSince(time: string | number | null | undefined, since: Date): boolean {
  const ms = typeof time === 'string' ? Date.parse(time) : (time ?? Number.NaN);
  return Number.isNaN(ms) || ms >= since.getTime();
}

/** A day earlier, for desks whose searches use their user's time zone. The caller skips older results. */
export function dayBefore(since: Date): Date {
  return new Date(Math.max(0, since.getTime() - 24 * 3600 * 1000));
}

/** `2026-11-23 10:00`, in UTC. */
export function toMinutes(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ');
}

/** The first of these texts that is not empty and not a note of this service. */
export function firstWords(texts: readonly (string | null | undefined)[]): string | undefined {
  return texts.flatMap((text) => text ?? []).find((text) => text.trim() !== '' && !isOurNote(text));
}
