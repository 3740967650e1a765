import { TextFileError } from '../config/text-file.js';
import { EnhancementError } from '../enhancement/index.js';
import { messageOf } from '../logging/describe-error.js';

/** What was read of a context source: nothing that is wrong with one document takes the others away. */
export interface ContextDocuments<T> {
  readonly items: readonly T[];
  readonly leftOut: LeftOut;
}

/** A document that is not used as it was written. */
export interface LeftOutDocument {
  /** A file, or a line or entry of one: `vpn/reset.md`, `line 3 of history.jsonl`. */
  readonly what: string;
  /** Follows a colon: "is UTF-16; save it as UTF-8". */
  readonly why: string;
}

export interface LeftOut {
  /** The first few. */
  readonly named: readonly LeftOutDocument[];
  /** Documents of which nothing is used. */
  readonly skipped: number;
  /** Documents whose beginning is used. */
  readonly truncated: number;
}

/** So many are named; a history may be wrong in each of its lines. */
const namedAtMost = 10;

export interface LeftOutList {
  skip(what: string, why: string): void;
  truncate(what: string, why: string): void;
  list(): LeftOut;
}

export function createLeftOutList(): LeftOutList {
  const named: LeftOutDocument[] = [];
  let skipped = 0;
  let truncated = 0;
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
    list: () => ({ named, skipped, truncated }),
  };
}

/** `vpn.md is UTF-16; save it as UTF-8` of each that is named, and how many there are besides. */
export function leftOutInWords({ named, skipped, truncated }: LeftOut): string[] {
  const more = skipped + truncated - named.length;
  return [...named.map(({ what, why }) => `${what} ${why}`), ...(more > 0 ? [`and ${more} more`] : [])];
}

/**
 * Runs what reads a whole source.
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
