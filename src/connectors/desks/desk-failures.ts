import { EnhancementError, toEnhancementError } from '../../enhancement/index.js';
import { cutText } from '../../logging/cut-text.js';
import { presentable } from '../../logging/describe-error.js';
import type { HttpAnswer, HttpExchangeError } from '../http-exchange.js';
import { isPage, wordsOfPage } from '../page-words.js';
import type { Credential } from './desk-kind.js';

/**
 * What a desk's answer, or the lack of one, means for a job: one table for all desks (docs/failures.md). A desk says which
 * answers are its own. Any other answer comes from a proxy, a login page or another server: it passes, or can be corrected.
 */

/** An answer as the desk's adapter reads it. */
export type Said =
  | { readonly kind: 'success'; readonly body: unknown }
  | {
      readonly kind: 'failure';
      /** The desk's codes or words for it, short and without text of the ticket. */
      readonly detail: readonly string[];
      readonly meaning?: Meaning | undefined;
    }
  /** Not an answer of the API, or one that contradicts its status. */
  | { readonly kind: 'foreign'; readonly detail?: readonly string[]; readonly meaning?: Meaning | undefined };

/** A meaning that a desk gives by a code or header of its own; it takes precedence over the status. */
export type Meaning =
  /** Too many requests. */
  | 'throttled'
  /** The credential is not allowed to do this. */
  | 'forbidden'
  /** The credential is not valid. */
  | 'unauthorized'
  /** The desk failed. */
  | 'unavailable'
  /** The notes of this ticket are at another address of the API. */
  | 'elsewhere';

/** The desk keeps the notes of this ticket at another address, to which the request can be repeated. */
export class KeptElsewhereError extends EnhancementError {}

/** The ticket does not exist, or its data is not accepted: no later request can succeed. */
const rejecting: ReadonlySet<number> = new Set([400, 404, 410, 413, 414, 415, 422]);

/** Classifies an answer that is not a success. The message says what to do and quotes the desk's own words. */
export function failureOf(
  { status, contentType, retryAfterMs, headers, text }: HttpAnswer,
  said: Exclude<Said, { kind: 'success' }>,
  url: URL,
): EnhancementError {
  const { host } = url;
  if (status >= 300 && status < 400) {
    const to = leadsTo(headers.location, url);
    return notTheApi(`${host} redirects its API${to} (HTTP ${status}). Set the desk's base_url to where it leads.`);
  }
  const detail = [`HTTP ${status}`, ...(said.detail ?? wordsOf(status, contentType, text))].join(', ');
  switch (said.meaning ?? meaningOf(status)) {
    case 'throttled': {
      const message = `${host} has had too many requests (${detail}). Raise the desk's API limit if this lasts.`;
      return new EnhancementError('DESK_RATE_LIMITED', message, { retryAfterMs });
    }
    case 'forbidden': {
      const message = `${host} forbids the request (${detail}). Give the token's user the right to read and add notes, on this ticket too.`;
      return new EnhancementError('DESK_FORBIDDEN', message);
    }
    case 'unauthorized': {
      const message = `${host} refuses the credential (${detail}). Renew the desk's token.`;
      return new EnhancementError('DESK_UNAUTHORIZED', message);
    }
    case 'unavailable': {
      const message = `${host} failed (${detail}). Check that the desk works.`;
      return new EnhancementError('DESK_UNAVAILABLE', message, { retryAfterMs });
    }
    case 'elsewhere': {
      const message = `${host} keeps the notes of this ticket elsewhere (${detail}). Check the desk's release.`;
      return new KeptElsewhereError('DESK_REJECTED', message);
    }
    case undefined:
  }
  if (status === 409 || status === 423) {
    const message = `${host} has the ticket locked or is changing it (${detail}). Release the ticket if this lasts.`;
    return new EnhancementError('DESK_CONFLICT', message, { retryAfterMs });
  }
  if (said.kind === 'failure') {
    if (status >= 400 && !rejecting.has(status)) {
      const message = `${host} refused the request (${detail}). Check the desk's release and what the token may do.`;
      return new EnhancementError('DESK_REFUSED', message);
    }
    const message = `${host} rejected the request (${detail}). Check that the ticket exists and the token may add notes.`;
    return new EnhancementError('DESK_REJECTED', message);
  }
  const what = contentType === '' ? 'something' : contentType;
  return notTheApi(
    `${host} answered with ${what} that is no API answer (${detail}). Check the desk's base_url, and for a login or maintenance page.`,
  );
}

/** Characters of a page, or of an address, in a message. */
const longestWords = 150;

/** What an error page or a plain sentence says, for a person who has to find whose it is. Other pages may show a ticket. */
function wordsOf(status: number, contentType: string, text: string): string[] {
  if (status < 400) return [];
  const words = isPage(text) ? wordsOfPage(text) : contentType.startsWith('text/') ? text.trim() : '';
  return words === '' ? [] : [presentable(cutText(words.replaceAll(/\s+/g, ' '), longestWords))];
}

/** Without the query, which may have a session in it. */
function leadsTo(location: string | undefined, { href }: URL): string {
  if (location === undefined || !URL.canParse(location, href)) return '';
  const { origin, pathname } = new URL(location, href);
  return ` to ${cutText(`${origin}${pathname}`, longestWords)}`;
}

function meaningOf(status: number): Meaning | undefined {
  if (status === 429) return 'throttled';
  if (status === 402 || status === 403) return 'forbidden'; // 402: the account is not paid for
  if (status === 401) return 'unauthorized';
  return status >= 500 || status === 408 ? 'unavailable' : undefined;
}

/** The failure of an answer that is not in the form of the desk's API. */
export function notTheApi(message: string, cause?: unknown): EnhancementError {
  return new EnhancementError('DESK_ANSWER_INVALID', message, { cause });
}

/** The failure of a request without an answer. */
export function fromExchange(error: HttpExchangeError): EnhancementError {
  switch (error.failure) {
    case 'address-forbidden': {
      const message = `${error.message}. If the desk really is in your own network, set allow_private_network for it.`;
      return new EnhancementError('DESK_ADDRESS_FORBIDDEN', message, { cause: error });
    }
    case 'too-large':
    case 'encoded':
      return notTheApi(`The desk's answer cannot be used: ${error.message}.`, error);
    case 'network':
    case 'timeout': {
      const message = `The desk cannot be reached: ${error.message}. Check that it works, and its base_url.`;
      return new EnhancementError('DESK_UNAVAILABLE', message, { cause: error });
    }
    case 'send-too-late': {
      const message = `The note was not sent: ${error.message}. Check that this machine is not overloaded, and how long connecting to the desk takes.`;
      return new EnhancementError('NOTE_NOT_SENT', message, { cause: error });
    }
    case 'aborted':
      return toEnhancementError(
        error.cause,
        'JOB_TIMEOUT',
        'The attempt ended while a request to its desk was under way.',
      );
  }
}

/** @throws {EnhancementError} when the credential cannot be read */
export function readCredential(credential: () => Credential): string {
  const found = credential();
  if (found.ok) return found.value;
  const message = `The desk's credential cannot be used: ${found.problem}.`;
  throw new EnhancementError('DESK_CREDENTIAL_UNREADABLE', message);
}
