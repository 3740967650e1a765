import { circumstances } from './circumstances.js';
import { negation } from './tokenization.js';

/** How much a term tells, by how many of a tenant's documents have it. */

/** What is known of all documents of a tenant together. */
export interface Statistics {
  readonly size: number;
  /** Of all documents, in weighted terms. */
  readonly totalLength: number;
  /** Documents that have the term. */
  countOf(term: string): number;
}

/**
 * As if so many more documents had none of the terms: in a history of three tickets, all about the VPN, "VPN" would
 * otherwise tell nothing.
 */
const unseenDocuments = 30;
/**
 * As how much of a term one counts that no document has. It may be a name, a slip, or what the ticket is really about: the documents
 * cannot tell. Measured: 1 hides what a ticket with one such word needs, 0 shows what has to do with half of it.
 */
export const unknownPart = 0.5;

/** What texts share by chance: small numbers, and pairs with a letter in which Japanese writes the ends of words. */
const byChance = /^(?:\d{1,2}(?:st|nd|rd|th)?|\p{Script=Hiragana}.|.\p{Script=Hiragana})$/u;
const weakTerms: ReadonlySet<string> = new Set([...circumstances, negation]);
const weakPart = 0.15;

/** How much a term tells: its inverse document frequency as in BM25, and of a weak one a part of that. */
export function rarityOf(term: string, statistics: Statistics): number {
  const rarity = inverseFrequency(statistics.countOf(term), statistics);
  return byChance.test(term) || weakTerms.has(term) ? weakPart * rarity : rarity;
}

export function inverseFrequency(count: number, { size }: Pick<Statistics, 'size'>): number {
  return Math.log(1 + (size + unseenDocuments - count + 0.5) / (count + 0.5));
}
