import { isUnspaced, longerFormsOf, meaningsOf, wordOfTrade } from './glossary.js';
import { kindOf, meantBy, topicOf } from './misspellings.js';
import type { Language } from './note-words.js';
import { isEnding, orderingRarityOf, rarityOf, type Statistics, unknownPart } from './rarity.js';
import { withoutProgramText } from './program-text.js';
import { sum } from './sum.js';
import { searchedText } from './text-bounds.js';
import type { Ticket } from './ticket.js';
import { ticketWords, wordsIn } from './ticket-words.js';
import { negation, termOf, termsOf } from './tokenization.js';

/** What documents are searched for, made of a ticket. */
export interface Query {
  /** How much each term of the ticket tells of whether a document has to do with it: its rarity, multiplied if it is in the subject. */
  readonly weights: ReadonlyMap<string, number>;
  /** How much every term that is looked up tells of the order: those of the ticket, and other words for them. */
  readonly searched: ReadonlyMap<string, number>;
  /** Of those that are looked up, the ones for words of the subject. */
  readonly ofSubject: ReadonlySet<string>;
  /** Other words, each with the term of the ticket that it stands for. */
  readonly standsFor: ReadonlyMap<string, string>;
  /** Terms that follow one another in the ticket. */
  readonly pairs: ReadonlySet<string>;
}

/** Terms of the subject: the requester's own summary. */
const subjectWeight = 3;
/** A word is looked up by another one for it, too, that so many times as many documents have. */
const muchMore = 3;
/** A search looks at no more postings than this, some milliseconds' worth. The rarest terms, which tell most, come first. */
const mostPostings = 500_000;
/** Words of a ticket that no document has and of which some hundred other forms are looked up. */
const mostCorrections = 20;
/**
 * A ticket of so few words is looked up in the other languages of the documents, too: the few documents in its own one may not have
 * what it asks for. A longer one has enough words to be told from others.
 */
const fewWords = 5;
/** Words of the glossary that tell which language the documents are in. */
const mostTranslated = 20;

/** With fewer known terms outside of what programs wrote, the whole text is searched. */
const fewestKnown = 3;

/** @param isWhole also with stack traces and paths of URLs */
export function queryOf(
  ticket: Pick<Ticket, 'subject' | 'description'>,
  statistics: Statistics,
  { isWhole = false } = {},
): Query {
  const words = searchedWords(ticket, statistics, isWhole);
  const read = createReader([...words.subject, ...words.description], statistics);
  const [ofSubject, ofDescription] = [words.subject.flatMap(read), words.description.flatMap(read)];
  const weights = new Map<string, number>();
  const searched = new Map<string, number>();
  const standsFor = new Map<string, string>();
  const weigh = (expressions: readonly Expression[], factor: number): void => {
    for (const { term, forms } of expressions) {
      weights.set(term, factor * rarityOf(term, statistics));
      for (const form of forms) {
        searched.set(form, factor * orderingRarityOf(form, statistics));
        if (form !== term) standsFor.set(form, term);
      }
    }
  };
  weigh(ofDescription, 1);
  weigh(ofSubject, subjectWeight);
  for (const term of weights.keys()) standsFor.delete(term);
  moderateUnknown(weights, statistics);
  return {
    weights,
    searched: affordable(searched, statistics),
    ofSubject: new Set(ofSubject.flatMap(({ forms }) => forms)),
    standsFor,
    pairs: new Set([ofSubject, ofDescription].flatMap((terms) => pairsOf(terms.map(({ term }) => term)))),
  };
}

function searchedWords(ticket: Pick<Ticket, 'subject' | 'description'>, statistics: Statistics, isWhole: boolean) {
  const { subject, description } = searchedText(ticket);
  const wordsWith = (read: (text: string) => string) => ({
    subject: ticketWords(read(subject), statistics),
    description: ticketWords(read(description), statistics),
  });
  const cut = wordsWith(withoutProgramText);
  const terms = new Set([...cut.subject, ...cut.description].map(termOf));
  const known = [...terms].filter((term) => term !== negation && statistics.countOf(term) > 0);
  return isWhole || known.length < fewestKnown ? wordsWith((text) => text) : cut;
}

/**
 * The terms by which the words of a ticket may be looked up besides its own ones, in any language: a search engine is asked how
 * many documents have them.
 */
export function otherTermsOf(ticket: Pick<Ticket, 'subject' | 'description'>): string[] {
  const { subject, description } = searchedText(ticket);
  const words = wordsIn(`${subject}\n${description}`.normalize('NFKC'), { countOf: () => 0 });
  const meanings = glossaryWords(words).flatMap(meaningsOf);
  return [...new Set([negation, ...meanings.flatMap(({ terms }) => [...terms.values()].flat())])];
}

/** The first words that the glossary has. */
function glossaryWords(words: readonly string[]): string[] {
  return [...new Set(words)].filter((word) => meaningsOf(word).length > 0).slice(0, mostTranslated);
}

export const pairsOf = (terms: readonly string[]): string[] =>
  terms.slice(1).map((term, before) => `${terms[before] ?? ''} ${term}`);

/** A word of the ticket, as documents have it. */
interface Expression {
  /** The form that most documents have. */
  readonly term: string;
  /** What it is looked up by. */
  readonly forms: readonly string[];
}

/** Reads words as the documents have them: by other words for them, without a slip, or by the last part of a compound. */
function createReader(words: readonly string[], { countOf }: Statistics): (word: string) => readonly Expression[] {
  const isKnown = (term: string): boolean => countOf(term) > 0;
  const terms = glossaryWords(words);
  const isForeign = 2 * terms.filter((word) => !isKnown(termOf(word))).length > terms.length;
  const isShort = words.length <= fewWords;
  const documentLanguages = languagesOf(terms, countOf);
  const readBefore = new Map<string, readonly Expression[]>();
  let correctionsLeft = mostCorrections;

  function expressionOf(...forms: readonly string[]): Expression {
    const term = forms.reduce((best, form) => (countOf(form) > countOf(best) ? form : best));
    return { term, forms };
  }

  /** Words for the same, in the first language in which documents have one. */
  function translationsOf(word: string): readonly string[] {
    for (const language of documentLanguages) {
      const found = meaningsOf(word).flatMap((meaning) => meaning.terms.get(language) ?? []);
      if (found.some(isKnown)) return found.filter(isKnown);
    }
    return [];
  }

  function readUnknown(word: string): readonly Expression[] {
    const synonyms = synonymsOf(word).filter(isKnown);
    const others = synonyms.length > 0 ? synonyms : translationsOf(word);
    if (others.length > 0) return [expressionOf(...others)];
    if (correctionsLeft-- > 0) {
      const countOfWord = (other: string): number => countOf(termOf(other));
      const ofTrade = wordOfTrade(word);
      if (ofTrade !== undefined) {
        const expressions = read(ofTrade);
        if (expressions.some(({ forms }) => forms.some(isKnown))) return expressions;
      }
      const meant = meantBy(word, countOfWord) ?? kindOf(word, countOfWord);
      if (meant !== undefined) return [expressionOf(termOf(meant))];
      const topic = topicOf(word, countOfWord);
      // It weighs no more than a word that no document has.
      if (topic !== undefined) return [{ term: termOf(word), forms: [termOf(word), termOf(topic)] }];
    }
    return (isUnspaced(word) ? termsOf(word) : [termOf(word)]).map((term) => expressionOf(term));
  }

  function read(word: string): readonly Expression[] {
    const term = termOf(word);
    if (!isKnown(term)) return readUnknown(word);
    const others = isForeign ? translationsOf(word) : [...synonymsOf(word), ...(isShort ? translationsOf(word) : [])];
    const frequent = others.filter((other) => countOf(other) >= muchMore * countOf(term));
    return [expressionOf(term, ...frequent, ...longerFormsOf(word).filter(isKnown))];
  }

  return (word) => {
    const found = readBefore.get(word) ?? read(word);
    readBefore.set(word, found);
    return found;
  };
}

/** Other words of its own language; none where that may be Chinese or Japanese. */
function synonymsOf(word: string): readonly string[] {
  const meanings = meaningsOf(word);
  if (isUnspaced(word) && new Set(meanings.map(({ language }) => language)).size > 1) return [];
  return meanings.flatMap(({ language, terms }) => terms.get(language) ?? []);
}

/** The languages in which documents have what these words mean; first the one in which most have. */
function languagesOf(words: readonly string[], countOf: Statistics['countOf']): readonly Language[] {
  const counts = new Map<Language, number>();
  for (const { terms } of words.flatMap(meaningsOf)) {
    for (const [language, forms] of terms) {
      counts.set(language, (counts.get(language) ?? 0) + Math.max(...forms.map((form) => countOf(form))));
    }
  }
  return [...counts].sort(([, one], [, other]) => other - one).map(([language]) => language);
}

/** A term that no document has, as rare as it is, would outweigh all others: it weighs a part of what they do on average. */
function moderateUnknown(weights: Map<string, number>, { countOf }: Statistics): void {
  const known = [...weights].filter(([term]) => countOf(term) > 0);
  if (known.length === 0) return;
  const average = sum(known.map(([, weight]) => weight)) / known.length;
  for (const [term, weight] of weights) {
    if (countOf(term) === 0 && isEnding(term)) weights.delete(term);
    else if (countOf(term) === 0) weights.set(term, unknownPart * Math.min(weight, average));
  }
}

function affordable(searched: ReadonlyMap<string, number>, { countOf }: Statistics): Map<string, number> {
  let postingsLeft = mostPostings;
  return new Map(
    [...searched].sort(([, one], [, other]) => other - one).filter(([term]) => (postingsLeft -= countOf(term)) >= 0),
  );
}
