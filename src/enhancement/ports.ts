import type { EnhancementError } from './errors.js';
import type { Excerpt } from './excerpt.js';
import type { ContextSourceName } from './vocabulary.js';
import type { RenderedNote } from './note.js';
import type { Statistics } from './rarity.js';
import type { ResolvedTicket, Ticket } from './ticket.js';

/** What the domain needs of the world. Implemented in src/connectors; every wait ends early when `signal` aborts. */

/** The documents of a source, as far as its bounds let it use them. */
export interface DocumentCounts {
  readonly used: number;
  /** Beyond the bounds of the index. */
  readonly skipped: number;
}

/** Reads documents one after the other, and waits for each to be used before it reads the next. */
export type LoadDocuments<T> = (use: (document: T) => void | Promise<void>) => Promise<void>;

/** One place to look for context, of one tenant. */
export interface ContextSource {
  readonly name: ContextSourceName;
  /** As of the last search. */
  documents(): DocumentCounts;
  /** Best first; empty when nothing there has to do with the ticket. */
  search(ticket: Ticket, signal: AbortSignal): Promise<readonly Excerpt[]>;
}

/** Where in a tenant's history a reader is; opaque. */
export type HistoryCursor = number;

export interface HistoryChanges {
  readonly tickets: readonly ResolvedTicket[];
  readonly cursor: HistoryCursor;
  /** The history began anew (its store was emptied): forget what was read before. */
  readonly reset: boolean;
}

/** The resolved tickets of all tenants; nothing of one tenant is readable through another. */
export interface TicketHistory {
  /** Adds the ticket, or replaces it if the tenant's history holds one of that id. Durable when it resolves. */
  upsert(tenantId: string, ticket: ResolvedTicket): Promise<void>;
  /** Everything that was added or replaced after `cursor`; 0 reads from the beginning. */
  changesSince(tenantId: string, cursor: HistoryCursor, signal: AbortSignal): Promise<HistoryChanges>;
}

/** The terms of a resolved ticket, field by field, repeats included. */
export interface IndexedTicket {
  readonly ticket: ResolvedTicket;
  readonly terms: Readonly<Record<'title' | 'extra' | 'text', readonly string[]>>;
  /** In weighted terms. */
  readonly length: number;
}

export interface EngineQuestion {
  /** Distinct terms of the ticket: of its subject, and those of its description alone. */
  readonly subject: readonly string[];
  readonly description: readonly string[];
  /** More terms of which the number of documents is wanted. They are not searched. */
  readonly counted: readonly string[];
  /** The ticket itself, which is not to be found. */
  readonly except: string;
}

export interface EngineAnswer {
  /** Of all tickets of the tenant; counts of all the question's terms. */
  readonly statistics: Statistics;
  /** The best by the engine's own ranking, some dozens. */
  readonly tickets: readonly ResolvedTicket[];
}

/** A search engine that keeps the resolved tickets of one tenant. */
export interface HistoryEngine {
  /** Where in the history its tickets end; 0: it has none. */
  cursor(signal: AbortSignal): Promise<HistoryCursor>;
  /**
   * Adds or replaces tickets. When it resolves they are found, and {@link cursor} is this one. An older version of a ticket never
   * replaces a newer one.
   *
   * @returns how many of them the engine refuses to take
   * @throws {EnhancementError} `SOURCE_*`; the signal's reason
   */
  add(tickets: readonly IndexedTicket[], cursor: HistoryCursor, signal: AbortSignal): Promise<number>;
  /** @throws {EnhancementError} `SOURCE_*`; the signal's reason */
  search(question: EngineQuestion, signal: AbortSignal): Promise<EngineAnswer>;
}

export interface ModelRequest {
  readonly system: string;
  readonly user: string;
  /** JSON schema of the answer, for endpoints that hold their models to one. */
  readonly schema: object;
  /**
   * The same request with fewer and shorter texts, for a model whose context is small: at most about so many tokens, or the fewest
   * that are of use. Default: it cannot be shortened.
   */
  readonly within?: (maxTokens: number) => Pick<ModelRequest, 'system' | 'user'>;
  /** An answer that could not be used: the model is asked to write it again. */
  readonly repair?: {
    readonly answer: string;
    /** Completes "Your answer …". */
    readonly problem: string;
  };
  /** By then all attempts end, in terms of `performance.now()`. Default: `timeoutMs` from now. */
  readonly untilMs?: number;
  /** A pause that the endpoint asks for may last until then, even if `timeoutMs` ends before. Default: it may not. */
  readonly pauseUntilMs?: number;
}

export interface ModelAnswer {
  readonly content: string;
  /** The model's budget ended before its answer. */
  readonly cutOff: boolean;
  /** The request was shortened to at most so many tokens; undefined: it was sent whole. */
  readonly within?: number | undefined;
  /** As the endpoint reported them; 0 when it reported none. */
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A language model behind an endpoint, with that endpoint's retries, deadline and breaker. */
export interface LanguageModel {
  readonly model: string;
  /** For all requests of one note together, milliseconds. */
  readonly timeoutMs: number;
  /** Why it would not be asked now, in the words of its last failure; undefined: it would. */
  blocked(): EnhancementError | undefined;
  /** @throws {EnhancementError} `MODEL_*` when it failed for good; the signal's reason when that aborted */
  complete(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer>;
}

export interface NoteToPost extends RenderedNote {
  /** Unique for the job and part of the note's text, so that a later look at the ticket can find it. */
  readonly marker: string;
  readonly correlationId: string;
}

/** How a request to add a note ended. */
export type NoteOutcome =
  | { readonly kind: 'added' }
  /** The request was not sent, or the desk refused it in its own words. */
  | { readonly kind: 'not-added'; readonly error: EnhancementError }
  /** The desk may add the note up to `settleMs` from now. The connection is over. */
  | { readonly kind: 'unknown'; readonly error: EnhancementError };

/** A tenant's help desk. */
export interface Desk {
  /** The longest time from the call of `addNote` to the end of its connection, milliseconds. */
  readonly longestExchangeMs: number;
  /**
   * For how long after the connection of a request of unknown outcome has ended the note may still appear on the
   * ticket, milliseconds. 0: the desk itself adds a marker at most once, so that no request has to be waited for.
   */
  readonly settleMs: number;
  /** @throws {EnhancementError} `DESK_*` */
  hasNote(ticket: Ticket, marker: string, signal: AbortSignal): Promise<boolean>;
  /**
   * Posts an internal note. A failure of the desk, or an abort, is an outcome and not an exception. Settles soon after
   * `signal` aborts.
   *
   * @param sendByMs a time of `performance.now()` after which no byte of the request is written: a process that was
   * frozen meanwhile must not post what another has posted since
   */
  addNote(ticket: Ticket, note: NoteToPost, sendByMs: number, signal: AbortSignal): Promise<NoteOutcome>;
}

/** How a publication went: posted by this attempt, or found to be there already. */
export type Publication = 'posted' | 'found';

/** Sees to it that one job posts one note, however often it runs. Made for one attempt at one job. */
export interface NotePublisher {
  /**
   * Whether an earlier attempt has posted the note. Asks the desk only if one may have.
   *
   * @throws {EnhancementError} `NOTE_UNSETTLED` while an earlier request may still be acted on
   */
  isPublished(ticket: Ticket, marker: string, signal: AbortSignal): Promise<boolean>;
  /**
   * When it settles, what it knows of its request is recorded. So it is awaited also after `signal` has aborted, which
   * it heeds by itself.
   *
   * @throws {EnhancementError} `NOTE_UNSETTLED`, `DESK_*`, `LOCK_LOST`, `STORE_UNAVAILABLE`; the signal's reason
   */
  publish(ticket: Ticket, note: NoteToPost, signal: AbortSignal): Promise<Publication>;
}
