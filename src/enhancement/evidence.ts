import type { Evidence } from './confidence.js';
import { unknownPart } from './rarity.js';
import { sum } from './sum.js';

/** What speaks for a document that was found for a ticket. */

/** The lead of a document that is found alone, and the largest that counts: a single shared word can make it arbitrarily large. */
const unrivalled = 2;

export interface ReadDocument {
  readonly title: ReadonlySet<string>;
  /** Of the whole document. */
  readonly terms: ReadonlySet<string>;
  /** Terms, repeats included. */
  readonly length: number;
  readonly score: number;
}

/** The ranking in which the document stands. */
export interface Ranking {
  readonly bestScore: number;
  /** 0: there is no second document. */
  readonly secondScore: number;
  /** Of a term, by how many documents have it. */
  rarity(term: string): number;
  /** That of a term that no document has. */
  readonly unknownRarity: number;
}

/** @param weights how much each term of the ticket tells */
export function evidenceOf(
  weights: ReadonlyMap<string, number>,
  { title, terms, length, score }: ReadDocument,
  ranking: Ranking,
): Evidence {
  const { bestScore, secondScore, rarity, unknownRarity } = ranking;
  const weightOf = (term: string): number => weights.get(term) ?? 0;
  const total = sum(weights.values());
  const size = sum([...weights.keys()].map((term) => (rarity(term) < unknownRarity ? 1 : unknownPart)));
  const shared = [...weights.keys()].filter((term) => terms.has(term));
  const [rarest = 0, secondRarest = 0, thirdRarest = 0, fourthRarest = 0] = shared
    .map((term) => rarity(term) / unknownRarity)
    .sort((one, other) => other - one);
  const coverageBy = (found: Iterable<string>): number => sum([...found].map(weightOf)) / total;
  const named = title.size > 0 ? title : terms;
  return {
    coverage: coverageBy(shared),
    titleCoverage: coverageBy(named),
    focus: sum([...named].filter((term) => weights.has(term)).map(rarity)) / (sum([...named].map(rarity)) || 1),
    closeness: score / bestScore,
    lead: secondScore > 0 ? Math.min(unrivalled, score / secondScore) : unrivalled,
    length: Math.log(1 + length),
    rarest,
    secondRarest,
    thirdRarest,
    fourthRarest,
    queryLength: Math.log(1 + size),
    shortness: 1 / Math.max(1, size),
  };
}
