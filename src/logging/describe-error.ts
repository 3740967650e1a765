import { isNativeError } from 'node:util/types';
import { z } from 'zod';
import { cutText } from './cut-text.js';
import { withoutKnownSecrets } from './known-secrets.js';
import { scrub } from './scrub.js';

export interface DescribedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

const deepestCause = 4;

/** Issues of a validation error that are shown. A list of a thousand wrong entries has a thousand. */
const shownIssues = 3;
const longestIssue = 200;

/** The error's own message. Bounded for validation errors, whose message lists every issue. */
export function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return issuesOf(error);
  // Under Jest, errors of Node itself belong to another realm and are not `instanceof Error`.
  if (!(error instanceof Error || isNativeError(error))) return withAdvice(String(error));
  // A host with several addresses, none of which can be reached: Node's error has no message of its own.
  if (error.message === '' && 'errors' in error && Array.isArray(error.errors))
    return [...new Set(error.errors.map(messageOf))].join(', ');
  return withAdvice(error.message);
}

/** Messages about a certificate of an unknown authority. Newer versions of Node append advice of their own. */
const untrusted =
  /^(self-signed certificate(?: in certificate chain)?|unable to verify the first certificate|unable to get (?:local )?issuer certificate)(?:; [^;]*)?$/;

/** The form of OpenSSL's messages: thread, code, library, function, reason, file and line. */
const openSslError = /^[0-9A-F]+:error:[0-9A-F]+:([^:]*):[^:]*:([^:]*):/;
/** Messages that a client gets from a server that speaks another protocol than the address says. */
const otherProtocols = new Map([
  ['wrong version number', ' (the other side does not speak TLS)'],
  ['Parse Error: Expected HTTP/, RTSP/ or ICE/', ' (the other side does not speak plain HTTP)'],
]);

function withAdvice(message: string): string {
  const [, distrust] = untrusted.exec(message) ?? [];
  if (distrust !== undefined) return `${distrust} (NODE_EXTRA_CA_CERTS names the file of an authority of your own)`;
  const [, library, reason = message] = openSslError.exec(message) ?? [];
  return `${library === undefined ? '' : `${library}: `}${reason}${otherProtocols.get(reason) ?? ''}`;
}

function issuesOf({ issues }: z.ZodError): string {
  const shown = issues.slice(0, shownIssues).map(({ path, message }) => {
    const place = path.slice(0, 10).map(String).join('.');
    return cutText(`${place === '' ? '' : `${place}: `}${message}`, longestIssue);
  });
  const more = issues.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/**
 * Removes the text that JSON.parse quotes in its error, which may come from a ticket or a model: everything from the first
 * quotation mark to the last one before `is not valid JSON`. By index, because a pattern would try every quotation mark.
 */
function withoutQuotedJson(text: string): string {
  const end = text.lastIndexOf(' is not valid JSON');
  const closing = text.slice(0, Math.max(end, 0)).replace(/\.\.\.$/, '');
  const from = text.indexOf('"');
  if (!closing.endsWith('"') || from === closing.length - 1) return text;
  const start = text.slice(0, from).endsWith('...') ? from - 3 : from;
  return `${text.slice(0, start)}this${text.slice(end)}`;
}

/** An error's text, fit to be shown to operators: cut, and without secrets. */
export function presentable(text: string): string {
  return scrub(withoutQuotedJson(withoutKnownSecrets(cutText(text))));
}

/** A stack begins with the message, which for a validation error has every issue. */
function stackOf(error: Error, stack: string): string {
  if (!(error instanceof z.ZodError)) return stack;
  const frames = stack.indexOf('\n    at ');
  return `${error.name}: ${messageOf(error)}${frames === -1 ? '' : stack.slice(frames)}`;
}

/** An error and its causes. Messages may quote what a desk or a model answered, so they are scrubbed. */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: presentable(messageOf(error)) };
  const code: unknown = Reflect.get(error, 'code');
  // Errors with `problems` list mistakes in the user's input, which no stack helps to correct.
  const isMistake = 'problems' in error;
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: presentable(messageOf(error)),
    ...(depth === 0 && error.stack && !isMistake ? { stack: presentable(stackOf(error, error.stack)) } : {}),
    ...(error.cause !== undefined && depth < deepestCause ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
