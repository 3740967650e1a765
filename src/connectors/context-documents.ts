import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { TextFileError } from '../config/text-file.js';
import { parseInWords, pathInWords } from '../config/wording.js';
import { type Bounded, EnhancementError } from '../enhancement/index.js';
import { messageOf } from '../logging/describe-error.js';

/** The part of one file that is used. */
export const largestFileBytes = 4 * 1024 * 1024;

export const tooLarge = `is larger than ${largestFileBytes} bytes; the rest of it is not used`;

/**
 * Reads a context source. A document that cannot be used does not prevent the use of the others.
 *
 * @param use called with one document after the other: all of them at once would take tens of megabytes for each tenant
 */
export type ReadContext<T> = (path: string, use: UseDocument<T>) => Promise<LeftOut>;

export type UseDocument<T> = (document: T) => void | Promise<void>;

/** A document that is skipped or truncated. */
export interface LeftOutDocument {
  /** A file, or a line or entry of one: `vpn/reset.md`, `line 3 of history.jsonl`. */
  readonly what: string;
  /** Follows a colon: "is UTF-16; save it as UTF-8". */
  readonly why: string;
}

export interface LeftOut {
  /** The first {@link namedAtMost}. */
  readonly named: readonly LeftOutDocument[];
  /** Documents of which nothing is used. */
  readonly skipped: number;
  /** Documents whose beginning is used. */
  readonly truncated: number;
  /** Articles that are not to be published. Their author wants it so: nothing is wrong, and no alert tells it. */
  readonly drafts?: number;
}

/** Documents that are named: every line of a history may be unusable. */
const namedAtMost = 10;

export interface LeftOutList {
  skip(what: string, why: string): void;
  truncate(what: string, why: string): void;
  draft(): void;
  list(): LeftOut;
}

export function createLeftOutList(): LeftOutList {
  const named: LeftOutDocument[] = [];
  let skipped = 0;
  let truncated = 0;
  let drafts = 0;
  const name = (what: string, why: string): void => {
    if (named.length < namedAtMost) named.push({ what, why });
  };
  return {
    skip(what, why) {
      skipped += 1;
      name(what, why);
    },
    truncate(what, why) {
      truncated += 1;
      name(what, why);
    },
    draft() {
      drafts += 1;
    },
    list: () => ({ named, skipped, truncated, ...(drafts === 0 ? {} : { drafts }) }),
  };
}

/** A line for each named document (`vpn.md is UTF-16; save it as UTF-8`), then the number of the others. */
export function leftOutInWords({ named, skipped, truncated }: LeftOut): string[] {
  const more = skipped + truncated - named.length;
  return [...named.map(({ what, why }) => `${what} ${why}`), ...(more > 0 ? [`and ${more} more`] : [])];
}

/**
 * Reads a whole source; a failure names its path.
 *
 * @throws {EnhancementError} `SOURCE_UNREADABLE`, which names its path
 */
export async function readable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof TextFileError ? `it ${error.message}` : messageOf(error);
    const message = `${path} cannot be used: ${why}. Correct it, or its path.`;
    throw new EnhancementError('SOURCE_UNREADABLE', message, { cause: error });
  }
}

/** Files up to this size are read concurrently. Bytes. */
const smallFileBytes = 256 * 1024;

let largeFiles: Promise<unknown> = Promise.resolve();

/** Bounds the memory of files that are read whole: larger ones are read, and used, one after the other. */
export async function withinMemory<T>(path: string, work: () => Promise<T>): Promise<T> {
  const { size } = await readable(path, () => stat(path));
  if (size <= smallFileBytes) return work();
  const result = largeFiles.then(work);
  largeFiles = result.catch(() => undefined);
  return result;
}

/** Reads one entry of a file. An unusable entry is skipped (undefined); a field above its bound is cut. */
export function usable<T>(what: string, leftOut: LeftOutList, read: () => Bounded<T>): T | undefined {
  try {
    const { value, shortened } = read();
    if (shortened.length > 0)
      leftOut.truncate(what, `is over the limit in ${shortened.join(', ')}; the rest is not used`);
    return value;
  } catch (error) {
    leftOut.skip(what, messageOf(error));
    return undefined;
  }
}

/** @throws {Error} which names every wrong field */
export function parseAll<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = parseInWords(schema, withoutNulls(value));
  if ('data' in parsed) return parsed.data;
  const told = parsed.problems.map(({ path, message }) => `${pathInWords(path) || 'it'} ${message}`);
  throw new Error(`cannot be used: ${told.join('; ')}`);
}

/** A text field. Some exports write numbers instead. */
export const textField = z.preprocess(
  (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
  z.string(),
);

/** Some exports write null for a missing field. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}
