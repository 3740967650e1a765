import { isSalutation, withoutSalutation } from './courtesies.js';
import { isEmptyResolution } from './empty-resolution.js';
import type { Excerpt } from './excerpt.js';
import type { HistoryDocument } from './history-document.js';
import { readPlaced } from './markup/markdown.js';
import { bestPassage, bestUnits } from './passage.js';
import type { Query } from './query.js';
import type { Match } from './ranking.js';
import { withoutSecrets } from './secrets-in-text.js';
import { sectionsOf } from './units.js';
import { cutToWords } from './words.js';

/** So many resolved tickets are shown for a ticket. */
const historyExcerpts = 4;
/** A resolution is quoted whole if it can be: half a procedure helps nobody. */
const quoteLength = { preferred: 110, longest: 200 };
const problemWords = 60;
const backgroundWords = 300;
/** Characters of a title that is made of a description. */
const longestTitle = 120;

/** Candidates that are searched; those whose resolution says nothing are left out. */
export const historyCandidates = 2 * historyExcerpts;

export function worthQuoting(matches: readonly Match<HistoryDocument>[]): Match<HistoryDocument>[] {
  return matches.filter(({ document }) => !isEmptyResolution(document.ticket.resolution)).slice(0, historyExcerpts);
}

export function historyExcerpt(
  { document, probability, confidence }: Match<HistoryDocument>,
  { searched }: Query,
): Excerpt {
  const { resolvedAt } = document.ticket;
  const description = withoutSecrets(document.ticket.description);
  const problem = cutToWords(description.replace(/\s+/g, ' ').trim(), problemWords);
  const resolution = withoutSecrets(document.ticket.resolution);
  const divided = sectionsOf(readPlaced(resolution, 'ticket'));
  return {
    source: 'ticket_history',
    id: document.id,
    title: titleOf(withoutSecrets(document.ticket.subject), description),
    quote: bestPassage(divided, searched, quoteLength).text,
    background: `Problem: ${problem}\n\nResolution:\n${bestUnits(divided, searched, backgroundWords)}`,
    detail: '',
    resolvedOn: resolvedAt.slice(0, 10),
    score: probability,
    confidence,
  };
}

/** Of a ticket without a subject the first line of its description that does not only greet. */
function titleOf(subject: string, description: string): string {
  if (subject.trim() !== '') return subject;
  const lines = description.split('\n').filter((line) => line.trim() !== '');
  const first = (lines.find((line) => !isSalutation(line)) ?? lines[0] ?? '').trim();
  return (withoutSalutation(first) || first).slice(0, longestTitle).replace(/[\uD800-\uDBFF]$/, '');
}
