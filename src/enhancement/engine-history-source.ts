import type { Excerpt } from './excerpt.js';
import { type HistoryDocument, toTicketDocument } from './history-document.js';
import { historyCandidates, historyExcerpt, worthQuoting } from './history-excerpt.js';
import { createLoopTurns } from './loop-turns.js';
import { oneAtATime } from './one-at-a-time.js';
import type {
  ContextSource,
  EngineQuestion,
  HistoryCursor,
  HistoryEngine,
  IndexedTicket,
  TicketHistory,
} from './ports.js';
import { otherTermsOf, type Query, queryOf } from './query.js';
import { byScore, frequenciesOf, judge, matchesOf, scoreOf } from './ranking.js';
import type { Statistics } from './rarity.js';
import { searchedText } from './text-bounds.js';
import type { ResolvedTicket, Ticket } from './ticket.js';
import { termsOf } from './tokenization.js';

/** Each is looked up in three fields, and engines take 1,024 clauses as they come. */
const mostTerms = 300;

export interface EngineHistorySourceOptions {
  readonly tenantId: string;
  readonly history: TicketHistory;
  readonly engine: HistoryEngine;
}

/**
 * Similar resolved tickets of a tenant whose history is in a search engine. The engine chooses some dozens by the terms of the
 * ticket, and counts these and the glossary's other words for them. Where a count makes other words part of the query, it is asked a
 * second time, by those. The service scores and judges the tickets as its own index would, with the engine's counts of terms and
 * documents, so that "likely" means about the same. Terms that only a document has are not counted and pass for rare: confidence is
 * usually slightly lower, in a small history sometimes higher. Slips of the fingers are not corrected.
 */
export function createEngineHistorySource({ tenantId, history, engine }: EngineHistorySourceOptions): ContextSource {
  let cursor: HistoryCursor | undefined;
  let used = 0;
  let skipped = 0;

  /** Brings the engine up to date with what no worker has added yet. */
  const catchUp = oneAtATime(async (signal: AbortSignal): Promise<void> => {
    let known = cursor ?? (await engine.cursor(signal));
    for (;;) {
      const changes = await history.changesSince(tenantId, known, signal);
      if (changes.tickets.length > 0) {
        const theirs = await engine.cursor(signal);
        if (theirs > known && !changes.reset) {
          known = theirs;
          continue;
        }
        skipped += await engine.add(changes.tickets.map(indexed), changes.cursor, signal);
      }
      known = changes.cursor;
      cursor = known;
      if (changes.tickets.length === 0) return;
    }
  });

  return {
    name: 'ticket_history',
    documents: () => ({ used, skipped }),
    async search(ticket, signal): Promise<Excerpt[]> {
      await catchUp(signal);
      const asked = withFewTerms(ticket);
      const subject = [...new Set(termsOf(asked.subject))];
      const description = [...new Set(termsOf(asked.description))].filter((term) => !subject.includes(term));
      if (subject.length + description.length === 0) return [];
      const except = ticket.ticketId;
      const question = { subject, description, counted: otherTermsOf(asked), except };
      const { statistics, tickets } = await engine.search(question, signal);
      used = statistics.size;
      // It was deleted there: the next search fills it again.
      if (used === 0) cursor = undefined;
      const query = queryOf(asked, statistics);
      const isAsked = new Set([...subject, ...description]);
      if ([...query.searched.keys()].every((term) => isAsked.has(term))) return excerptsOf(query, statistics, tickets);
      const again = await engine.search({ ...searchedTerms(query), counted: [], except }, signal);
      return excerptsOf(query, statistics, again.tickets);
    },
  };
}

/** The terms that a query looks up, other words for those of the ticket among them. */
function searchedTerms({ searched, ofSubject }: Query): Pick<EngineQuestion, 'subject' | 'description'> {
  const rarestFirst = [...searched].sort(([, one], [, other]) => other - one).slice(0, mostTerms);
  const terms = rarestFirst.map(([term]) => term);
  return {
    subject: terms.filter((term) => ofSubject.has(term)),
    description: terms.filter((term) => !ofSubject.has(term)),
  };
}

async function excerptsOf(
  query: Query,
  statistics: Statistics,
  tickets: readonly ResolvedTicket[],
): Promise<Excerpt[]> {
  const turns = createLoopTurns();
  const candidates: { document: HistoryDocument; score: number }[] = [];
  for (const ticket of tickets) {
    const document = toTicketDocument(ticket);
    candidates.push({ document, score: scoreOf(document, query, statistics) });
    await turns.pause();
  }
  const ranked = judge(candidates.sort(byScore), query, historyCandidates, statistics);
  const excerpts: Excerpt[] = [];
  for (const match of worthQuoting(matchesOf(ranked))) {
    await turns.pause();
    excerpts.push(historyExcerpt(match, query));
  }
  return excerpts;
}

function indexed(resolved: ResolvedTicket): IndexedTicket {
  const document = toTicketDocument(resolved);
  const { ticket, title, extra = '', text } = document;
  let length = 0;
  for (const frequency of frequenciesOf(document).values()) length += frequency;
  return { ticket, terms: { title: termsOf(title), extra: termsOf(extra), text: termsOf(text) }, length };
}

/** What is searched by, cut until it has few enough terms. */
function withFewTerms(ticket: Ticket): Pick<Ticket, 'subject' | 'description'> {
  const { subject, description } = searchedText(ticket);
  let kept = description;
  while (kept !== '' && new Set(termsOf(`${subject}\n${kept}`)).size > mostTerms) {
    kept = kept.slice(0, Math.floor(kept.length / 2));
  }
  return { subject, description: kept };
}
