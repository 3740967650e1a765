import { z } from 'zod';
import { nearestTo } from './nearest.js';

/** One problem: its place, and the rest of a sentence about it, such as "is missing" or "must be a list". */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Parses input with a schema. Problems are in plain words, one for each place. Never quotes a value, which may be a secret in
 * the wrong place.
 */
export function parseInWords<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { readonly data: T } | { readonly problems: readonly Problem[] } {
  const keysAt = new Map<string, readonly string[]>();
  const parsed = schema.safeParse(value, {
    reportInput: true,
    error: (issue) => {
      if (issue.inst instanceof z.ZodObject) keysAt.set(String(issue.path ?? []), Object.keys(issue.inst.shape));
      return inWords(issue);
    },
  });
  if (parsed.success) return { data: parsed.data };
  const problems = new Map<string, Problem>();
  for (const issue of parsed.error.issues) {
    for (const problem of problemsOf(issue, keysAt.get(String(issue.path)) ?? [])) {
      // A value of the wrong type also fails the checks of the right one, which adds nothing.
      const at = String(problem.path);
      if (!problems.has(at)) problems.set(at, problem);
    }
  }
  return { problems: [...problems.values()] };
}

function problemsOf(issue: z.core.$ZodIssue, keys: readonly string[]): Problem[] {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, keys) }));
  }
  return [{ path, message: issue.input === undefined ? 'is missing' : message }];
}

function unknownKey(key: string, keys: readonly string[]): string {
  const [nearest, distance] = nearestTo(key.toLowerCase(), keys);
  // Up to a third of the letters may be wrong.
  const near = distance <= Math.max(1, key.length / 3);
  return `is not a key that is known here; ${near ? `did you mean "${nearest}"?` : `the keys are ${keys.join(', ')}`}`;
}

/** For checks whose schema has no message of its own. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `${issue.input === null ? 'is empty, and ' : ''}must be ${nounOf[issue.expected] ?? issue.expected}${hintFor(issue.expected, issue.input)}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'invalid_union':
      return Array.isArray(issue['options']) ? `must be ${issue['options'].map(String).join(' or ')}` : undefined;
    case 'too_small':
      return issue.minimum === 1 ? 'must not be empty' : `must have at least ${issue.minimum} ${unitOf(issue.origin)}`;
    case 'too_big':
      return `must have at most ${issue.maximum} ${unitOf(issue.origin)}`;
    default:
      return undefined;
  }
}

/** YAML takes 0123, 1e3 and true for values of another type. */
function hintFor(expected: string, given: unknown): string {
  return expected === 'string' && (typeof given === 'number' || typeof given === 'boolean')
    ? ', which is written in quotation marks here'
    : '';
}

const nounOf: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

function unitOf(origin: string): string {
  return origin === 'string' ? 'characters' : 'entries';
}

/** `desk.base_url`, `the 2nd of webhook.standard_webhooks.secrets`, `name of the 4th entry`. */
export function pathInWords(path: readonly PropertyKey[]): string {
  return path.reduce<string>((words, part, i) => {
    if (typeof part === 'number') return `the ${ordinal(part + 1)} ${words === '' ? 'entry' : `of ${words}`}`;
    if (words === '') return String(part);
    return typeof path[i - 1] === 'number' ? `${String(part)} of ${words}` : `${words}.${String(part)}`;
  }, '');
}

const suffixes = { zero: 'th', one: 'st', two: 'nd', few: 'rd', many: 'th', other: 'th' };
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });

export function ordinal(number: number): string {
  return `${number}${suffixes[ordinals.select(number)]}`;
}
