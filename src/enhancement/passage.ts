import { countWords, termsOf } from './tokenization.js';

/** Picking the few sentences of a text that a reader should see. */

/** By how much a passage that starts later must be better. */
const laterStartBonus = 1.25;

/** Sentences and list items, as they stand in the text. */
export function sentencesOf(text: string): string[] {
  return text
    .split(/\n\s*(?=\n|[-*+] |\d+[.)] )|\n{2,}|(?<=[.!?])(?<!(?:^|\n)\s*\d{1,3}\.)\s+(?=["'(`*\p{Lu}\d])/u)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '');
}

/**
 * The run of whole sentences, at most `maxWords` long, that has most of what `weights` holds, an earlier one
 * unless a later one has clearly more. Ellipses show where the text goes on. A first sentence longer than that is cut at a word.
 */
export function bestPassage(text: string, weights: ReadonlyMap<string, number>, maxWords: number): string {
  const sentences = sentencesOf(text);
  const lengths = sentences.map(countWords);
  // Numbers of the terms that count: a text may have thousands of sentences, and runs of hundreds from each of them.
  const numbers = new Map([...weights.keys()].map((term, number) => [term, number]));
  const values = [...weights.values()];
  const gains = sentences.map((sentence) => [...new Set(termsOf(sentence))].flatMap((term) => numbers.get(term) ?? []));
  /** The start of the latest run that has the term. */
  const seenFrom = new Int32Array(values.length).fill(-1);
  let best = { start: 0, end: Math.min(1, sentences.length), gain: -1 };
  for (let start = 0; start < sentences.length; start++) {
    let gain = 0;
    let words = 0;
    for (let end = start; end < sentences.length; end++) {
      words += lengths[end] ?? 0;
      if (words > maxWords && end > start) break;
      for (const term of gains[end] ?? []) {
        if (seenFrom[term] === start) continue;
        seenFrom[term] = start;
        gain += values[term] ?? 0;
      }
      // Within one start a longer run says more about what to do; a later start must be clearly better, because who
      // starts in the middle of a procedure misses its first steps.
      const enough = start === best.start ? gain >= best.gain : gain > best.gain * laterStartBonus;
      if (enough) best = { start, end: end + 1, gain };
      if (words > maxWords) break;
    }
  }
  const quote = cutToWords(sentences.slice(best.start, best.end).join(' '), maxWords);
  const head = best.start > 0 ? '… ' : '';
  const tail = best.end < sentences.length && !quote.endsWith('…') ? ' …' : '';
  return `${head}${quote}${tail}`;
}

/** At most `maxWords` words of the text; an ellipsis, joined to the last word, shows that something was cut. */
export function cutToWords(text: string, maxWords: number): string {
  const words = text.match(/\S+/g) ?? [];
  if (words.length <= maxWords) return text;
  return maxWords <= 0 ? '' : `${words.slice(0, maxWords).join(' ')}…`;
}
