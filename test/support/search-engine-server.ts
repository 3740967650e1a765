import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { listenOnFreePort, readBody } from './http-server.js';

/**
 * A server that speaks what the service uses of the documented protocol of OpenSearch 2 and Elasticsearch 7 and 8: indexes, `_doc`
 * and `_bulk` with external versions, `_search` with `bool`, `multi_match` and aggregations, `filter_path`, and errors in their
 * form. It is strict: what is in no query language of theirs is a `parsing_exception`.
 */
export interface SearchEngineServer {
  readonly url: string;
  readonly requests: { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  /** Of the documents of an index that `_search` finds. */
  documents(index: string): ReadonlyMap<string, unknown>;
  deleteIndex(index: string): void;
  /** What happens to the next requests whose path contains `to`. */
  failNext(faults: readonly EngineFault[], to?: string): void;
  close(): Promise<void>;
}

export type EngineFault =
  /** An answer in place of the right one. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: object | string; readonly headers?: object }
  /** `_bulk` with HTTP 200, in which this document was not taken. */
  | { readonly kind: 'item'; readonly id: string; readonly status: number; readonly type: string }
  /** `_search` with HTTP 200, and not all that was asked for. */
  | { readonly kind: 'partial'; readonly timedOut: boolean; readonly failedShards: number }
  | { readonly kind: 'no-answer' };

export interface SearchEngineServerOptions {
  /** What is to be in the header `authorization`. Default: nothing is asked for. */
  readonly authorization?: string;
  /** The form of `hits.total`: an object since Elasticsearch 7, a number before and with `rest_total_hits_as_int`. */
  readonly total?: 'object' | 'number';
}

interface Stored {
  readonly version: number;
  readonly source: Record<string, unknown>;
}
interface Index {
  readonly properties: object;
  readonly stored: Map<string, Stored>;
  /** As of the last refresh. */
  searchable: Map<string, Stored>;
}

const multiMatch = z.strictObject({
  multi_match: z.strictObject({
    query: z.string(),
    fields: z.array(z.string()),
    type: z.literal('most_fields'),
    boost: z.number(),
  }),
});
const term = z.strictObject({ term: z.record(z.string(), z.string()) });
const searchBody = z.strictObject({
  size: z.int(),
  timeout: z.string().regex(/^\d+(ms|s)$/),
  track_total_hits: z.boolean(),
  _source: z.array(z.string()),
  query: z.strictObject({
    bool: z.strictObject({
      filter: z.array(term),
      must_not: z.array(term),
      should: z.array(multiMatch),
      minimum_should_match: z.literal(1),
    }),
  }),
  aggs: z.strictObject({
    all: z.strictObject({
      global: z.strictObject({}),
      aggs: z.strictObject({
        own: z.strictObject({
          filter: term,
          aggs: z.strictObject({
            length: z.strictObject({ sum: z.strictObject({ field: z.string() }) }),
            terms: z.strictObject({ filters: z.strictObject({ filters: z.array(term) }) }),
          }),
        }),
      }),
    }),
  }),
});
const action = z.strictObject({
  index: z.strictObject({ _id: z.string(), version: z.int(), version_type: z.literal('external_gte') }),
});

/** As engines come, for all clauses of a query together. */
const mostClauses = 1024;

class EngineError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string = type,
  ) {
    super(message);
  }
}

const copiedTo = ['title_terms', 'tag_terms', 'text_terms'];
const wordsOf = (text: unknown): string[] => (typeof text === 'string' ? text.split(/\s+/).filter(Boolean) : []);
const has = ({ source }: Stored, field: string, value: string): boolean =>
  field === 'terms' ? copiedTo.some((copied) => wordsOf(source[copied]).includes(value)) : source[field] === value;
type Term = z.output<typeof term>;
const fits = (one: Stored, wanted: Term): boolean =>
  Object.entries(wanted.term).every(([field, value]) => has(one, field, value));

export async function startSearchEngine(options: SearchEngineServerOptions = {}): Promise<SearchEngineServer> {
  const { authorization, total = 'object' } = options;
  const indexes = new Map<string, Index>();
  const requests: SearchEngineServer['requests'] = [];
  const faults: { readonly fault: EngineFault; readonly to: string }[] = [];

  function existing(name: string): Index {
    const index = indexes.get(name);
    if (index === undefined) throw new EngineError(404, 'index_not_found_exception', `no such index [${name}]`);
    return index;
  }

  function create(name: string, properties: object): Index {
    const index = { properties, stored: new Map(), searchable: new Map() };
    indexes.set(name, index);
    return index;
  }

  function write({ stored }: Index, id: string, version: number, source: Record<string, unknown>): number {
    const before = stored.get(id);
    if (before !== undefined && before.version > version) {
      throw new EngineError(409, 'version_conflict_engine_exception');
    }
    stored.set(id, { version, source });
    return before === undefined ? 201 : 200;
  }

  function bulk(name: string, query: URLSearchParams, text: string, contentType: string, fault?: EngineFault) {
    if (contentType !== 'application/x-ndjson') throw new EngineError(406, 'content_type_exception');
    if (!text.endsWith('\n'))
      throw new EngineError(400, 'illegal_argument_exception', 'must be terminated by a newline');
    const index = indexes.get(name) ?? create(name, {});
    const lines = text.trimEnd().split('\n');
    const items = [];
    for (let i = 0; i < lines.length; i += 2) {
      const { _id, version } = action.parse(JSON.parse(lines[i] ?? '')).index;
      try {
        if (fault?.kind === 'item' && _id === fault.id) throw new EngineError(fault.status, fault.type);
        items.push({ index: { _id, status: write(index, _id, version, JSON.parse(lines[i + 1] ?? '')) } });
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        items.push({ index: { _id, status: error.status, error: { type: error.type, reason: error.message } } });
      }
    }
    if (query.get('refresh') === 'true') index.searchable = new Map(index.stored);
    return { took: 1, errors: items.some(({ index: { status } }) => status >= 300), items };
  }

  function search(name: string, text: string, fault?: EngineFault) {
    const { size, query, aggs } = searchBody.parse(JSON.parse(text));
    const all = [...existing(name).searchable.values()];
    const { filter, must_not, should } = query.bool;
    const clauses = should.flatMap(({ multi_match: { query, fields, boost } }) =>
      fields.flatMap((field) => {
        const [bare = '', weight = '1'] = field.split('^');
        return wordsOf(query).map((word) => ({ field: bare, word, weight: Number(weight) * boost }));
      }),
    );
    if (clauses.length > mostClauses) throw new EngineError(400, 'too_many_nested_clauses');
    const counts = clauses.map(
      ({ field, word }) => all.filter(({ source }) => wordsOf(source[field]).includes(word)).length,
    );
    const scored = all
      .filter((one) => filter.every((each) => fits(one, each)) && !must_not.some((each) => fits(one, each)))
      .map(({ source }) => ({
        source,
        score: clauses.reduce((sum, { field, word, weight }, i) => {
          const frequency = wordsOf(source[field]).filter((one) => one === word).length;
          const rarity = Math.log(1 + (all.length - (counts[i] ?? 0) + 0.5) / ((counts[i] ?? 0) + 0.5));
          return sum + (weight * rarity * frequency) / (frequency + 1.2);
        }, 0),
      }))
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score);
    const { filter: ofAll, aggs: own } = aggs.all.aggs.own;
    const inAll = all.filter((one) => fits(one, ofAll));
    const partial = fault?.kind === 'partial' ? fault : { timedOut: false, failedShards: 0 };
    return {
      took: 1,
      timed_out: partial.timedOut,
      _shards: { total: 5, successful: 5 - partial.failedShards, skipped: 0, failed: partial.failedShards },
      hits: {
        total: total === 'number' ? scored.length : { value: scored.length, relation: 'eq' },
        hits: scored
          .slice(0, size)
          .map(({ source, score }) => ({ _score: score, _source: { ticket: source['ticket'] } })),
      },
      aggregations: {
        all: {
          doc_count: all.length,
          own: {
            doc_count: inAll.length,
            length: { value: inAll.reduce((sum, { source }) => sum + Number(source[own.length.sum.field]), 0) },
            terms: {
              buckets: own.terms.filters.filters.map((each) => ({
                doc_count: inAll.filter((one) => fits(one, each)).length,
              })),
            },
          },
        },
      },
    };
  }

  function answer(method: string, url: URL, text: string, headers: IncomingMessage['headers'], fault?: EngineFault) {
    const [name = '', operation = '', id = ''] = url.pathname.slice(1).split('/').map(decodeURIComponent);
    switch (`${method} ${operation}`) {
      case 'PUT ': {
        if (indexes.has(name)) throw new EngineError(400, 'resource_already_exists_exception');
        const { mappings } = z
          .object({ mappings: z.object({ properties: z.looseObject({}) }) })
          .parse(JSON.parse(text));
        create(name, mappings.properties);
        return { status: 200, body: { acknowledged: true, index: name } };
      }
      case 'GET _mapping':
        return { status: 200, body: { [name]: { mappings: { properties: existing(name).properties } } } };
      case 'GET _doc': {
        const stored = existing(name).stored.get(id);
        return stored === undefined
          ? { status: 404, body: { _id: id, found: false } }
          : { status: 200, body: { _id: id, found: true, _source: stored.source } };
      }
      case 'PUT _doc':
        return {
          status: write(existing(name), id, Number(url.searchParams.get('version')), JSON.parse(text)),
          body: { _id: id },
        };
      case 'POST _bulk':
        return { status: 200, body: bulk(name, url.searchParams, text, headers['content-type'] ?? '', fault) };
      case 'POST _search':
        return { status: 200, body: search(name, text, fault) };
      default:
        throw new EngineError(405, 'method_not_allowed');
    }
  }

  const server = createServer((request, response) => {
    void (async () => {
      const text = await readBody(request);
      const { method = '', headers, url: path = '' } = request;
      requests.push({ method, path, headers });
      const url = new URL(path, 'http://engine');
      const at = faults.findIndex(({ to }) => path.includes(to));
      const fault = at < 0 ? undefined : faults.splice(at, 1)[0]?.fault;
      const reply = (status: number, body: object | string, more: object = {}): void => {
        const type = typeof body === 'string' ? 'text/html' : 'application/json';
        response.writeHead(status, { 'content-type': type, ...more });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      };
      if (fault?.kind === 'no-answer') return;
      if (fault?.kind === 'answer') return reply(fault.status, fault.body, fault.headers);
      try {
        if (authorization !== undefined && headers.authorization !== authorization) {
          throw new EngineError(401, 'security_exception', 'unable to authenticate');
        }
        const { status, body } = answer(method, url, text, headers, fault);
        reply(status, filtered(body, url.searchParams.get('filter_path')));
      } catch (error) {
        const { status, type, message } =
          error instanceof EngineError ? error : new EngineError(400, 'parsing_exception', String(error));
        reply(status, filtered({ error: { type, reason: message }, status }, url.searchParams.get('filter_path')));
      }
    })();
  });
  const { port, close } = await listenOnFreePort(server);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    documents: (index) => new Map([...(indexes.get(index)?.searchable ?? [])].map(([id, { source }]) => [id, source])),
    deleteIndex: (index) => void indexes.delete(index),
    failNext: (next, to = '') => void faults.push(...next.map((fault) => ({ fault, to }))),
    close,
  };
}

/** `filter_path`: names of what is wanted, with `*` for any name. */
function filtered(body: object, wanted: string | null): object {
  if (wanted === null) return body;
  const result: unknown = only(
    body,
    wanted.split(',').map((path) => path.split('.')),
  );
  return typeof result === 'object' && result !== null ? result : {};
}

function only(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some(({ length }) => length === 0)) return value;
  if (Array.isArray(value)) return value.map((one) => only(one, paths)).filter((one) => one !== undefined);
  if (typeof value !== 'object' || value === null) return undefined;
  const kept = Object.entries(value).flatMap(([name, inside]) => {
    const rest = paths.filter(([first]) => first === name || first === '*').map(([, ...rest]) => rest);
    const part = rest.length === 0 ? undefined : only(inside, rest);
    return part === undefined ? [] : [[name, part] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
