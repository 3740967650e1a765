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
const number = /^\d{1,2}(?:st|nd|rd|th)?$/;
const ending = /^(?:\p{Script=Hiragana}.|.\p{Script=Hiragana})$/u;
const weakPart = 0.15;
/** Pairs overlap: of a word of n characters there are n - 1, and a word has about two. They would outweigh a name beside them. */
const pair = /^[\p{Script=Han}\p{Script=Katakana}\p{Script=Hangul}ー々]{2}$/u;
const pairPart = 0.5;

export const isEnding = (term: string): boolean => ending.test(term);

/** How much a term tells of whether a document helps: its inverse document frequency as in BM25, and of a weak one a part of that. */
export function rarityOf(term: string, statistics: Statistics): number {
  const isWeak = number.test(term) || ending.test(term) || circumstances.has(term) || term === negation;
  return (isWeak ? weakPart : 1) * inverseFrequency(statistics.countOf(term), statistics);
}

/** How much it tells of which of two documents helps more: for that, floor and weekday are words as others. */
export function orderingRarityOf(term: string, statistics: Statistics): number {
  const rarity = inverseFrequency(statistics.countOf(term), statistics);
  if (number.test(term) || term === negation) return 2 * weakPart * rarity;
  if (ending.test(term)) return pairPart * weakPart * rarity;
  return pair.test(term) ? pairPart * rarity : rarity;
}

export function inverseFrequency(count: number, { size }: Pick<Statistics, 'size'>): number {
  return Math.log(1 + (size + unseenDocuments - count + 0.5) / (count + 0.5));
}
