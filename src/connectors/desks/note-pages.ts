import type { z } from 'zod';
import { notTheApi } from './desk-failures.js';

/** Searches the notes of a ticket for the note of this service. */

export interface NotesPage {
  readonly texts: readonly string[];
  /**
   * The address of the next page, made from its number or cursor: an address from an answer could lead anywhere. Undefined:
   * this is the last page.
   */
  readonly next: URL | undefined;
}

/** Pages that are searched; a new ticket has fewer notes. */
const mostPages = 20;

/** Page size for desks that send each text in several forms: a hundred long mails would exceed the bound of an answer. */
export const longNotesPerPage = 30;

/** Entries of one answer that are read: a desk may return more than were requested. */
export const mostNotes = 2000;

/** Whether a note with the marker is on one of the pages. */
export async function findInPages(
  first: URL,
  marker: string,
  readPage: (url: URL) => Promise<NotesPage>,
): Promise<boolean> {
  let url: URL | undefined = first;
  for (let page = 0; url !== undefined && page < mostPages; page++) {
    const { texts, next }: NotesPage = await readPage(url);
    if (texts.some((text) => text.includes(marker))) return true;
    url = next;
  }
  return false;
}

/** The address at another path of the same server, without parameters. A path may begin with two slashes. */
export function withPath(url: URL, path: string): URL {
  const other = new URL(url);
  other.pathname = path;
  other.search = '';
  return other;
}

/** The address with another value of one of its parameters. */
export function withParameter(url: URL, name: string, value: string | number): URL {
  const other = new URL(url);
  other.searchParams.set(name, String(value));
  return other;
}

/**
 * @param what the answer holds, for the message
 * @throws {EnhancementError} `DESK_ANSWER_INVALID`
 */
export function parseListed<T>(schema: z.ZodType<T>, body: unknown, what: 'notes' | 'tickets'): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw notTheApi(
    `The desk answered with ${what} of a form that is not documented. Check the desk’s release and base_url.`,
    parsed.error,
  );
}
