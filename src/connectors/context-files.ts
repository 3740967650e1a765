import { basename, join } from 'node:path';
import { z } from 'zod';
import { readTextFile } from '../config/text-file.js';
import {
  beginningOf,
  boundedTicket,
  createLoopTurns,
  longestArticle,
  type ResolvedTicket,
} from '../enhancement/index.js';
import { type Article } from '../enhancement/note-engine.js';
import { isRfc3339, momentOf, withoutEmbeddedData } from '../intake/index.js';
import { messageOf } from '../logging/describe-error.js';
import { takeTitle } from './article-title.js';
import {
  createLeftOutList,
  type LeftOut,
  type LeftOutList,
  largestFileBytes,
  parseAll,
  readable,
  textField,
  tooLarge,
  type UseDocument,
  usable,
  withinMemory,
} from './context-documents.js';
import { articlesIn } from './context-folder.js';
import { withFootnotes } from './footnotes.js';
import { withoutSiteSyntax } from './site-syntax.js';

/**
 * The context files of a tenant. A worker reads them at their first use; SIGHUP replaces the workers. An unusable document is
 * skipped and reported; only a missing or unreadable source is an error.
 */

/** Size of all articles of a knowledge base together; indexing this much takes some seconds of processor time. */
export const largestKnowledgeBytes = 8 * 1024 * 1024;

const tooLong = `is longer than ${longestArticle} characters; the rest of it is not used`;

/**
 * Markdown files of a folder and the folders in it. The title is that of the front matter, the first heading, or the file's name.
 *
 * @throws {EnhancementError} `SOURCE_UNREADABLE` when there is no such folder, or it cannot be read
 */
export async function readKnowledge(folder: string, use: UseDocument<Article>): Promise<LeftOut> {
  const leftOut = createLeftOutList();
  const names = await readable(folder, () => articlesIn(folder, leftOut));
  let bytes = 0;
  // One after the other: thousands at once would need as many open files, and memory for all their text.
  for (const name of names) {
    if (bytes >= largestKnowledgeBytes) {
      leftOut.skip(name, `is over the limit of ${largestKnowledgeBytes} bytes for all articles`);
      continue;
    }
    let article: Article | undefined;
    try {
      article = await readArticle(folder, name, leftOut);
    } catch (error) {
      leftOut.skip(name, reasonOf(error));
    }
    if (article === undefined) continue;
    bytes += Buffer.byteLength(article.markdown);
    await use(article);
  }
  return leftOut.list();
}

async function readArticle(folder: string, name: string, leftOut: LeftOutList): Promise<Article | undefined> {
  const { text: file, truncated } = await readTextFile(join(folder, name), largestFileBytes);
  const whole = withoutEmbeddedData(file);
  const text = beginningOf(whole, longestArticle);
  if (text.trim() === '') {
    leftOut.skip(name, truncated ? tooLarge : 'is empty');
    return undefined;
  }
  if (text.length < whole.length) leftOut.truncate(name, tooLong);
  else if (truncated) leftOut.truncate(name, tooLarge);
  const id = name.replace(/\.[^.]+$/, '');
  const { title, keywords, markdown, isDraft } = takeTitle(text);
  if (isDraft) {
    leftOut.draft();
    return undefined;
  }
  return {
    id,
    title: title || id,
    ...(keywords === '' ? {} : { keywords }),
    markdown: withFootnotes(withoutSiteSyntax(markdown)),
  };
}

const historyLineSchema = z
  .object({
    ticket_id: textField.pipe(z.string().min(1)),
    subject: textField.default(''),
    description: textField,
    resolution: textField.pipe(z.string().min(1)),
    resolved_at: z.union([z.string(), z.number()]).transform((value, context) => {
      if (typeof value === 'string' && isRfc3339(value)) return value;
      const ms = momentOf(value);
      if (ms !== undefined) return new Date(ms).toISOString();
      context.addIssue({ code: 'custom', message: 'is not a time in a known form' });
      return z.NEVER;
    }),
    tags: z.array(textField).default([]),
  })
  .transform(
    ({ ticket_id, resolved_at, ...rest }): ResolvedTicket => ({
      ticketId: ticket_id,
      resolvedAt: resolved_at,
      ...rest,
    }),
  );

/**
 * Resolved tickets, one JSON object a line.
 *
 * @throws {EnhancementError} `SOURCE_UNREADABLE` when the file is not there or is no text
 */
export function readHistory(file: string, use: UseDocument<ResolvedTicket>): Promise<LeftOut> {
  return withinMemory(file, () => readLines(file, use));
}

async function readLines(file: string, use: UseDocument<ResolvedTicket>): Promise<LeftOut> {
  const leftOut = createLeftOutList();
  const { text, truncated } = await readable(file, () => readTextFile(file, largestFileBytes));
  const turns = createLoopTurns();
  for (const [i, line] of text.split('\n').entries()) {
    await turns.pause();
    if (line.trim() === '') continue;
    const what = `line ${i + 1} of ${basename(file)}`;
    const ticket = usable(what, leftOut, () => boundedTicket(parseAll(historyLineSchema, parseJson(line))));
    if (ticket !== undefined) await use(ticket);
  }
  if (truncated) leftOut.truncate(basename(file), tooLarge);
  return leftOut.list();
}

/** The parser's own message quotes the line, which is ticket text. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error('is not JSON');
  }
}

function reasonOf(error: unknown): string {
  const isOfSystem = error instanceof Error && 'errno' in error;
  return isOfSystem ? `cannot be read (${messageOf(error)})` : messageOf(error);
}
