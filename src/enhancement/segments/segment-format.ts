/**
 * A segment: an inverted index that is written once and never changed, as Lucene has them. In the byte order of the machine:
 *
 *     magic
 *     documents     each: id, text
 *     postings      of each term: slots, each as the distance from the one before, with a frequency of one byte
 *     dictionary    terms in ascending order, each with its number of postings and their length in bytes
 *     tables        where each document begins (one more for the end); its length in weighted terms;
 *                   where each block of terms begins in the dictionary, and its postings among the postings
 *     first terms   of each block
 *     footer        numbers of documents and terms, where each part begins, magic
 *
 * Documents are known by their slots, from 0. Numbers of the tables and of the footer have four bytes, all others as many
 * as they need (bytes.ts).
 */

/** Changes with the format. Read in another byte order it is another number. */
export const magic = 0x54_45_53_01;

/** Those of one block are read one after the other to find a term; the first of each block are kept in memory. */
export const termsPerBlock = 32;

export const footerNumbers = 7;

/** Under this term a document is found by its id. No text has one like it. */
export function idTerm(id: string): string {
  return `\0${id}`;
}

export function isIdTerm(term: string): boolean {
  return term.startsWith('\0');
}
