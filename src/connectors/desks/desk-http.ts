import { type EnhancementError, type NoteOutcome, toEnhancementError } from '../../enhancement/index.js';
import { boundedJsonIn, mostStructure } from '../../json/bounded-json.js';
import { exchangeHttp, type HttpAnswer, type HttpExchange } from '../http-exchange.js';
import type { ProxyFor } from '../proxy.js';
import { failureOf, fromExchange, type Said } from './desk-failures.js';

/** Requests to a desk over HTTP: bounded answers, no redirects, and whether a failed request was sent. */

export interface DeskHttpOptions {
  /**
   * Headers with the credential, made anew for each request.
   *
   * @throws {EnhancementError} when the credential is not available
   */
  readonly headers: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  readonly read: ReadAnswer;
  /** What the answer to a new note says. Default: `read`. */
  readonly readAdded?: ReadAnswer | undefined;
  /** The desk refused the credential. Default: nothing is done. */
  readonly onRefused?: () => Promise<void>;
  readonly allowPrivateNetwork: boolean;
  readonly proxyFor?: ProxyFor | undefined;
  /** Deadline of one request, milliseconds. */
  readonly timeoutMs: number;
  /** Bounds of one answer. Default: {@link answerBounds}. */
  readonly bounds?: AnswerBounds;
}

export type ReadAnswer = (answer: HttpAnswer, body: unknown) => Said;

export interface AnswerBounds {
  readonly bytes: number;
  /** Strings and structural characters of the JSON: {@link mostStructure}. */
  readonly structure: number;
}

export interface NoteRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: URL;
  readonly contentType: string;
  readonly body: string;
}

export interface DeskHttp {
  /**
   * A request that changes nothing.
   *
   * @returns the body of the API's success
   * @throws {EnhancementError} `DESK_*`; the signal's reason
   */
  get(url: URL, signal: AbortSignal): Promise<unknown>;
  /**
   * A request that adds a note. Never rejects: {@link Desk.addNote}.
   *
   * @param sendByMs latest time of the monotonic clock at which the request may be sent
   */
  add(request: NoteRequest, sendByMs: number, signal: AbortSignal): Promise<NoteOutcome>;
}

export const defaultTimeoutMs = 10_000;
/** For a page of tickets: the desk may need long to search. */
export const pageTimeoutMs = 60_000;
/** How long a note may take to appear after the connection of a request has ended, milliseconds. */
export const defaultSettleMs = 15_000;
/** Small, because a worker parses the answer while it runs other jobs. */
const answerBounds: AnswerBounds = { bytes: 2 * 1024 * 1024, structure: mostStructure };

export function createDeskHttp(options: DeskHttpOptions): DeskHttp {
  const { headers, allowPrivateNetwork, proxyFor, timeoutMs, onRefused = () => Promise.resolve() } = options;
  const { bounds = answerBounds, read: readAny, readAdded = readAny } = options;
  const limits = { maxBytes: bounds.bytes, timeoutMs, allowPrivateNetwork, proxyFor };

  /** @returns what the answer says, and the failure that it is unless it is a success */
  async function readAnswer(answer: HttpAnswer, url: URL, read: ReadAnswer): Promise<Success | Failure> {
    const said = read(answer, boundedJsonIn(answer.text, bounds.structure));
    if (said.kind === 'success') return said;
    const error = failureOf(answer, said, url);
    if (error.code === 'DESK_UNAUTHORIZED') await onRefused();
    return { kind: said.kind, error };
  }

  return {
    async get(url, signal) {
      const exchange: HttpExchange = { method: 'GET', url, headers: await headers(signal), signal, ...limits };
      const outcome = await exchangeHttp(exchange);
      if (outcome.kind !== 'answered') {
        signal.throwIfAborted();
        throw fromExchange(outcome.error);
      }
      const read = await readAnswer(outcome.answer, url, readAny);
      if (read.kind === 'success') return read.body;
      throw read.error;
    },
    async add({ method, url, contentType, body }, sendByMs, signal) {
      let sent: Readonly<Record<string, string>>;
      try {
        sent = { ...(await headers(signal)), 'content-type': contentType };
      } catch (error) {
        return { kind: 'not-added', error: toEnhancementError(error, 'UNEXPECTED', 'The credential cannot be used.') };
      }
      const outcome = await exchangeHttp({ method, url, headers: sent, body, sendByMs, signal, ...limits });
      switch (outcome.kind) {
        case 'answered': {
          const read = await readAnswer(outcome.answer, url, readAdded);
          if (read.kind === 'success') return { kind: 'added' };
          return { kind: read.kind === 'failure' ? 'not-added' : 'unknown', error: read.error };
        }
        case 'not-sent':
          return { kind: 'not-added', error: fromExchange(outcome.error) };
        case 'unknown':
          return { kind: 'unknown', error: fromExchange(outcome.error) };
      }
    },
  };
}

type Success = Extract<Said, { kind: 'success' }>;

interface Failure {
  readonly kind: Exclude<Said['kind'], 'success'>;
  readonly error: EnhancementError;
}
