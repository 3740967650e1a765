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

/** Issues of a validation that are told. A stranger's list of a thousand wrong entries has a thousand. */
const toldIssues = 3;
const longestIssue = 200;

/** What was thrown, in its own words. Bounded for validation errors, whose own message lists every issue. */
export function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return issuesOf(error);
  return withoutOpenSslPlaces(error instanceof Error ? error.message : String(error));
}

/** OpenSSL's own form: thread, code, library, function, reason, file and line. The reason is for people. */
const openSslError = /^[0-9A-F]+:error:[0-9A-F]+:([^:]*):[^:]*:([^:]*):/;

function withoutOpenSslPlaces(message: string): string {
  const [, library, reason] = openSslError.exec(message) ?? [];
  if (library === undefined || reason === undefined) return message;
  const hint = reason === 'wrong version number' ? ' (the other side does not speak TLS)' : '';
  return `${library}: ${reason}${hint}`;
}

function issuesOf({ issues }: z.ZodError): string {
  const told = issues.slice(0, toldIssues).map(({ path, message }) => {
    const place = path.slice(0, 10).map(String).join('.');
    return cutText(`${place === '' ? '' : `${place}: `}${message}`, longestIssue);
  });
  const more = issues.length - told.length;
  return `${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/**
 * JSON.parse quotes what it was given, and that may be a ticket or a model's answer: from the first quotation mark to
 * the last one that these words follow. Found by index, for a pattern would try every quotation mark as the first.
 */
function withoutQuotedJson(text: string): string {
  const end = text.lastIndexOf(' is not valid JSON');
  const closing = text.slice(0, Math.max(end, 0)).replace(/\.\.\.$/, '');
  const from = text.indexOf('"');
  if (!closing.endsWith('"') || from === closing.length - 1) return text;
  const start = text.slice(0, from).endsWith('...') ? from - 3 : from;
  return `${text.slice(0, start)}this${text.slice(end)}`;
}

/** What an error says, fit to be shown to whoever runs the service. Cut first: its text may be of any length. */
export function presentable(text: string): string {
  return scrub(withoutQuotedJson(withoutKnownSecrets(cutText(text))));
}

/** Begins with the message, which for a validation error has every issue. */
function stackOf(error: Error, stack: string): string {
  if (!(error instanceof z.ZodError)) return stack;
  const frames = stack.indexOf('\n    at ');
  return `${error.name}: ${messageOf(error)}${frames === -1 ? '' : stack.slice(frames)}`;
}

/** An error and its causes. Messages may quote what a desk or a model answered, so they are scrubbed. */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: presentable(messageOf(error)) };
  const code: unknown = Reflect.get(error, 'code');
  // Somebody's mistakes, listed for them to correct: where in our code they were found helps nobody.
  const isMistake = 'problems' in error;
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: presentable(messageOf(error)),
    ...(depth === 0 && error.stack && !isMistake ? { stack: presentable(stackOf(error, error.stack)) } : {}),
    ...(error.cause !== undefined && depth < deepestCause ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
