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

/** JSON.parse quotes what it was given, and that may be a ticket or a model's answer. */
const quotedJson = /(?:\.\.\.)?"[\s\S]*"(?:\.\.\.)? is not valid JSON/;

/** What was thrown, in its own words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What an error says, fit to be shown to whoever runs the service. */
export function presentable(text: string): string {
  return scrub(withoutKnownSecrets(text).replace(quotedJson, 'this is not valid JSON'));
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
    message: presentable(error.message),
    ...(depth === 0 && error.stack && !isMistake ? { stack: presentable(error.stack) } : {}),
    ...(error.cause !== undefined && depth < deepestCause ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
