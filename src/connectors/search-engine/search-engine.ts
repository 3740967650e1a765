import { z } from 'zod';
import {
  EnhancementError,
  type HistoryCursor,
  type HistoryEngine,
  resolvedTicketSchema,
} from '../../enhancement/index.js';
import { indexFormat } from '../../enhancement/note-engine.js';
import { bulkOf, countedIn, fields, mapping, searchOf, searchTimeout, versionType } from './engine-requests.js';
import { createEngineHttp, type EngineAddress, type EngineReply, unusable } from './engine-http.js';

/**
 * The resolved tickets of a tenant in OpenSearch or Elasticsearch. Beside each ticket the engine stores its terms, as computed for
 * our own index, so that the engine needs no language analysis. Tenants may share an index, and so may releases that divide texts into
 * other terms: every request names the owner, a tenant as read by a release.
 */
export interface SearchEngine extends HistoryEngine {
  /**
   * Asks without changing anything.
   *
   * @returns what was found, in a sentence
   * @throws {EnhancementError} `SOURCE_*`
   */
  probe(signal: AbortSignal): Promise<string>;
}

const stateSchema = z
  .object({ found: z.literal(true), _source: z.object({ cursor: z.int().min(0) }) })
  .transform(({ _source: { cursor } }) => cursor);
const bulkSchema = z.object({
  errors: z.boolean(),
  items: z.array(z.object({ index: z.object({ status: z.int(), error: z.object({ type: z.string() }).optional() }) })),
});
const searchSchema = z.object({
  timed_out: z.boolean(),
  _shards: z.object({ total: z.int(), failed: z.int() }),
  hits: z
    .object({ hits: z.array(z.object({ _source: z.object({ ticket: resolvedTicketSchema }) })).default([]) })
    .prefault({}),
  aggregations: z.object({
    all: z.object({
      own: z.object({
        doc_count: z.int(),
        length: z.object({ value: z.number().nullable() }),
        terms: z.object({ buckets: z.array(z.object({ doc_count: z.int() })) }),
      }),
    }),
  }),
});
const mappingSchema = z.record(
  z.string(),
  z.object({ mappings: z.object({ properties: z.record(z.string(), z.unknown()).default({}) }).prefault({}) }),
);

/**
 * @param tenantId whose tickets are added and found
 * @param format of the terms. Tickets that were added in another one are not found, and are added anew
 */
export function createSearchEngine(tenantId: string, address: EngineAddress, format = indexFormat): SearchEngine {
  const owner = `${tenantId}@${format.slice(0, 8)}`;
  const http = createEngineHttp(address);
  const { host } = new URL(address.url);
  const where = `index ${address.index} at ${host}`;
  const json = (value: unknown) => ({ type: 'application/json', text: JSON.stringify(value) }) as const;

  async function createIndex(signal: AbortSignal): Promise<void> {
    const reply = await http.ask({ method: 'PUT', path: '', body: json(mapping) }, signal);
    if (reply.status === 200 || reply.errorType === 'resource_already_exists_exception') return;
    throw refused('create', reply);
  }

  /** Written after its tickets, so that a cursor never covers tickets that are missing. */
  async function writeCursor(cursor: HistoryCursor, signal: AbortSignal): Promise<void> {
    const path = `/_doc/${owner}?version=${cursor}&version_type=${versionType}`;
    const reply = await http.ask({ method: 'PUT', path, body: json({ state_of: owner, cursor }) }, signal);
    if (reply.status >= 300 && reply.status !== 409) throw refused('write to', reply);
  }

  function refused(what: string, { status, errorType }: EngineReply): EnhancementError {
    const told = errorType === '' ? '' : ` (${errorType})`;
    return unusable(`Could not ${what} the ${where}: HTTP ${status}${told}. Check history.index and its mapping.`);
  }

  function read<T>(schema: z.ZodType<T>, what: string, { body }: EngineReply): T {
    const { data, error } = schema.safeParse(body);
    if (data !== undefined) return data;
    const message = `${host} gave an answer to ${what} that the service does not know. Check history.url and its version.`;
    throw unusable(message, { cause: error });
  }

  return {
    async cursor(signal) {
      const path = `/_doc/${owner}?filter_path=found,_source.cursor,error.type,error.reason`;
      const reply = await http.ask({ method: 'GET', path }, signal);
      if (reply.errorType === 'index_not_found_exception') await createIndex(signal);
      else if (reply.errorType !== '') throw refused('read', reply);
      return stateSchema.safeParse(reply.body).data ?? 0;
    },

    async add(tickets, cursor, signal) {
      const text = bulkOf(owner, tickets, cursor);
      const path = '/_bulk?refresh=true&filter_path=errors,error.type,error.reason,items.*.status,items.*.error.type';
      const reply = await http.ask({ method: 'POST', path, body: { type: 'application/x-ndjson', text } }, signal);
      if (reply.status !== 200) throw refused('write to', reply);
      const results = read(bulkSchema, '_bulk', reply).items.map(({ index }) => index);
      // The engine has a newer version of a ticket in conflict.
      const failed = results.filter(({ status }) => status >= 300 && status !== 409);
      const passing = failed.find(({ status }) => status === 429 || status >= 500);
      if (passing !== undefined) {
        const why = `HTTP ${passing.status}, ${passing.error?.type ?? 'without a reason'}`;
        throw unusable(`${host} did not take all tickets (${why}). They are sent again with the next search.`);
      }
      await writeCursor(cursor, signal);
      return failed.length;
    },

    async search(question, signal) {
      const filter =
        'timed_out,_shards.total,_shards.failed,hits.hits._source.ticket,aggregations.all.own.doc_count,aggregations.all.own.length,aggregations.all.own.terms.buckets.doc_count,error.type,error.reason';
      const body = json(searchOf(owner, question));
      const reply = await http.ask({ method: 'POST', path: `/_search?filter_path=${filter}`, body }, signal);
      const asked = countedIn(question);
      if (reply.errorType === 'index_not_found_exception') {
        return { statistics: { size: 0, totalLength: 0, countOf: () => 0 }, tickets: [] };
      }
      if (reply.status !== 200) throw refused('search', reply);
      const { timed_out, _shards, hits, aggregations } = read(searchSchema, '_search', reply);
      // Partial hits would be scored by the counts of a part of the tickets.
      if (timed_out) {
        const message = `${host} did not search within ${searchTimeout}. Check its load.`;
        throw new EnhancementError('SOURCE_TIMEOUT', message);
      }
      if (_shards.failed > 0) {
        throw unusable(
          `${_shards.failed} of ${_shards.total} shards of the ${where} could not be searched. Check the cluster.`,
        );
      }
      const { own } = aggregations.all;
      const counts = new Map(asked.map((term, i) => [term, own.terms.buckets[i]?.doc_count ?? 0]));
      return {
        statistics: {
          size: own.doc_count,
          totalLength: own.length.value ?? 0,
          countOf: (term) => counts.get(term) ?? 0,
        },
        tickets: hits.hits.map(({ _source }) => _source.ticket),
      };
    },

    async probe(signal) {
      const reply = await http.ask({ method: 'GET', path: '/_mapping' }, signal);
      if (reply.errorType === 'index_not_found_exception') {
        return `${host} answers; the index ${address.index} is created with the first ticket`;
      }
      if (reply.status !== 200) throw refused('read', reply);
      const known = Object.values(read(mappingSchema, '_mapping', reply));
      if (known.some(({ mappings: { properties } }) => !(fields.text in properties))) {
        throw unusable(
          `The ${where} has another mapping, as another program's. Name an index that does not exist yet.`,
        );
      }
      return `${host} answers, and has the index ${address.index}`;
    },
  };
}
