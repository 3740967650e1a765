import type { EngineQuestion, HistoryCursor, IndexedTicket } from '../../enhancement/index.js';

/** What the engine is asked, and how it keeps tickets. */

/** Hits that the service scores itself. */
const candidates = 40;
/** Below the request's timeout, so that the engine itself reports that it was too slow. */
export const searchTimeout = '4s';

export const fields = { title: 'title_terms', extra: 'tag_terms', text: 'text_terms' } as const;
/** As `ranking.ts` weights them. */
const searchedFields = [`${fields.title}^4`, `${fields.extra}^2`, fields.text];
const terms = { type: 'text', analyzer: 'whitespace', copy_to: 'terms' };
export const mapping = {
  mappings: {
    dynamic: false,
    properties: {
      tenant_id: { type: 'keyword' },
      ticket_id: { type: 'keyword' },
      [fields.title]: terms,
      [fields.extra]: terms,
      [fields.text]: terms,
      terms: { type: 'text', analyzer: 'whitespace', norms: false, index_options: 'docs' },
      length: { type: 'long' },
    },
  },
};

/** Versions keep a slow worker from replacing a later write of another worker. */
export const versionType = 'external_gte';

/** NDJSON. */
export function bulkOf(owner: string, tickets: readonly IndexedTicket[], version: HistoryCursor): string {
  const lines = tickets.flatMap(({ ticket, terms, length }) => [
    { index: { _id: `${owner}:${ticket.ticketId}`, version, version_type: versionType } },
    {
      tenant_id: owner,
      ticket_id: ticket.ticketId,
      [fields.title]: terms.title.join(' '),
      [fields.extra]: terms.extra.join(' '),
      [fields.text]: terms.text.join(' '),
      length,
      ticket,
    },
  ]);
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** The terms whose documents are counted. */
export const countedIn = ({ subject, description, counted }: EngineQuestion): string[] => [
  ...new Set([...subject, ...description, ...counted]),
];

export function searchOf(owner: string, question: EngineQuestion) {
  const { subject, description, except } = question;
  const ofTenant = { term: { tenant_id: owner } };
  const having = (words: readonly string[], boost: number) =>
    words.length === 0
      ? []
      : [{ multi_match: { query: words.join(' '), fields: searchedFields, type: 'most_fields', boost } }];
  return {
    size: candidates,
    timeout: searchTimeout,
    track_total_hits: false,
    _source: ['ticket'],
    query: {
      bool: {
        filter: [ofTenant],
        must_not: [{ term: { ticket_id: except } }],
        should: [...having(subject, 3), ...having(description, 1)],
        minimum_should_match: 1,
      },
    },
    aggs: {
      all: {
        global: {},
        aggs: {
          own: {
            filter: ofTenant,
            aggs: {
              length: { sum: { field: 'length' } },
              terms: { filters: { filters: countedIn(question).map((term) => ({ term: { terms: term } })) } },
            },
          },
        },
      },
    },
  };
}
