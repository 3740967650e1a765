import type { Asset } from './asset.js';
import type { ResolvedTicket, Ticket } from './ticket.js';

/** How much of each text takes part in retrieval, in characters. Everything that costs more than this comes after the cut. */
export const longestArticle = 24_000;
const longestTicketText = 10_000;
const longestTitle = 500;
const longestTag = 64;
const mostTags = 50;
const longestAssetNotes = 10_000;
const longestAssetField = 200;
const mostAliases = 20;

/**
 * The beginning of a text. A copy: a slice would keep the whole text in memory for as long as it lives.
 */
export function beginningOf(text: string, longest: number): string {
  return text.length <= longest ? text : Buffer.from(text.slice(0, longest)).toString();
}

export interface Bounded<T> {
  readonly value: T;
  /** Names of the fields of which the beginning is used. */
  readonly shortened: readonly string[];
}

/** What is kept and searched of a resolved ticket. */
export function boundedTicket(ticket: ResolvedTicket): Bounded<ResolvedTicket> {
  const { subject, description, resolution, tags } = ticket;
  return compared(ticket, {
    ...ticket,
    subject: beginningOf(subject, longestTitle),
    description: beginningOf(description, longestTicketText),
    resolution: beginningOf(resolution, longestTicketText),
    tags: tags.slice(0, mostTags).map((tag) => beginningOf(tag, longestTag)),
  });
}

/** What is kept and searched of an asset. Its name is what it is cited by. */
export function boundedAsset(asset: Asset): Bounded<Asset> {
  const { name, kind, owner, location, status, notes, aliases } = asset;
  const field = (text: string | undefined) => text && beginningOf(text, longestAssetField);
  return compared(asset, {
    name: beginningOf(name, longestAssetField),
    kind: beginningOf(kind, longestAssetField),
    owner: field(owner),
    location: field(location),
    status: field(status),
    notes: notes && beginningOf(notes, longestAssetNotes),
    aliases: aliases?.slice(0, mostAliases).map((alias) => beginningOf(alias, longestAssetField)),
  });
}

function compared<T extends object>(whole: T, value: T): Bounded<T> {
  const before = new Map<string, unknown>(Object.entries(whole));
  const shortened = Object.entries(value).flatMap(([name, field]) =>
    lengthOf(field) < lengthOf(before.get(name)) ? [name] : [],
  );
  return { value, shortened };
}

/** Characters of a text, or of a list of texts, each of which counts one more. */
function lengthOf(field: unknown): number {
  if (Array.isArray(field)) return field.reduce((sum: number, one: unknown) => sum + lengthOf(one) + 1, 0);
  return typeof field === 'string' ? field.length : 0;
}

/** What a new ticket is searched by. */
export function searchedText({ subject, description }: Pick<Ticket, 'subject' | 'description'>) {
  return { subject: subject.slice(0, longestTitle), description: description.slice(0, longestTicketText) };
}
