import { confidenceModel } from './confidence-model.js';

/** How sure a note may be of a source. */
export type Confidence = 'likely' | 'possible';

/**
 * What speaks for a document, each in a range that depends neither on the language nor on the number of documents. "Weight" is
 * that of a query's terms: rarity, and more in the subject.
 */
export interface Evidence {
  /** Of the weight of all terms of the ticket, the part that the document has. */
  readonly coverage: number;
  /** The same of its title; of a document without a title that of its text. */
  readonly titleCoverage: number;
  /** Of what its title tells, the part that the ticket has; of a document without a title that of its text. */
  readonly focus: number;
  /** Its score as a part of the best one's. */
  readonly closeness: number;
  /** Its score as a part of the second one's. */
  readonly lead: number;
  /** Logarithm of the number of its terms: a long one has many of any ticket's by chance. */
  readonly length: number;
  /** Rarity of the rarest term that it shares with the ticket, as a part of that of a term that no document has. */
  readonly rarest: number;
  /** The same of the next ones. Four rare terms in common are no chance, however much else a long ticket tells. */
  readonly secondRarest: number;
  readonly thirdRarest: number;
  readonly fourthRarest: number;
  /** Logarithm of the number of terms of the ticket, those that no document has as a part of one. */
  readonly queryLength: number;
  /** Inverse of the same number: a ticket of two words cannot share many. */
  readonly shortness: number;
}

/**
 * Below this probability a source is not shown. Chosen by `npm run bench:retrieval` (docs/benchmarks.md): with a higher one, short
 * messages of which each word is frequent get nothing; with a lower one, more is shown that does not help.
 */
const possibleFrom = 0.27;
const likelyFrom = 0.6;

export interface ConfidenceModel {
  readonly intercept: number;
  readonly weights: Readonly<Record<keyof Evidence, number>>;
}

/** Logistic regression, fitted by `npm run fit:confidence` to questions of which half have no answer. */
export function probabilityOf(evidence: Evidence, { intercept, weights }: ConfidenceModel = confidenceModel): number {
  const names = Object.keys(weights) as (keyof Evidence)[];
  return 1 / (1 + Math.exp(-names.reduce((sum, name) => sum + weights[name] * evidence[name], intercept)));
}

/** @returns undefined: not worth showing */
export function confidenceOf(probability: number): Confidence | undefined {
  if (probability < possibleFrom) return undefined;
  return probability < likelyFrom ? 'possible' : 'likely';
}
