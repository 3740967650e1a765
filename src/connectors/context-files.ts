import { basename, join } from 'node:path';
import { type Document, isCollection, isMap, isNode, parseDocument, type YAMLError } from 'yaml';
import { z } from 'zod';
import { readTextFile } from '../config/text-file.js';
import { ordinal, parseInWords, pathInWords } from '../config/wording.js';
import { type Article, type Asset, type ResolvedTicket, withoutClosingMarks } from '../enhancement/index.js';
import { messageOf } from '../logging/describe-error.js';
import { type ContextDocuments, createLeftOutList, type LeftOutList, readable } from './context-documents.js';
import { articlesIn } from './context-folder.js';

/**
 * The files of a tenant that context comes from. Read at the first use; a SIGHUP replaces the children that did. A
 * document that cannot be used is left out and told; only a source that is not there at all is an error.
 */

/** What is used of one file. */
export const largestFileBytes = 4 * 1024 * 1024;
/** What is used of all files of a knowledge base together. */
export const largestKnowledgeBytes = 64 * 1024 * 1024;

const tooLarge = `is larger than ${largestFileBytes} bytes; the rest of it is not used`;

/**
 * Markdown files of a folder and the folders in it. The title is the first heading, or the file's name.
 *
 * @throws {EnhancementError} `SOURCE_UNREADABLE` when there is no such folder, or it cannot be read
 */
export async function readKnowledge(folder: string): Promise<ContextDocuments<Article>> {
  const leftOut = createLeftOutList();
  const names = await readable(folder, () => articlesIn(folder, leftOut));
  const items: Article[] = [];
  let bytes = 0;
  // One after the other: thousands at once would need as many open files, and all of their text.
  for (const name of names) {
    if (bytes >= largestKnowledgeBytes) {
      leftOut.skip(name, `is over the limit of ${largestKnowledgeBytes} bytes for all articles`);
      continue;
    }
    try {
      const { text, truncated } = await readTextFile(join(folder, name), largestFileBytes);
      bytes += Buffer.byteLength(text);
      if (text.trim() === '') {
        leftOut.skip(name, truncated ? tooLarge : 'is empty');
        continue;
      }
      if (truncated) leftOut.truncate(name, tooLarge);
      items.push(articleOf(name, text));
    } catch (error) {
      leftOut.skip(name, reasonOf(error));
    }
  }
  return { items, leftOut: leftOut.list() };
}

function articleOf(name: string, text: string): Article {
  const title = /^#[ \t]+(\S.*)$/m.exec(text);
  const markdown = title ? text.replace(title[0], '') : text;
  const id = name.replace(/\.[^.]+$/, '');
  return { id, title: withoutClosingMarks(title?.[1] ?? '') || id, markdown };
}

const assetSchema = z.object({
  name: z.string().min(1),
  kind: z.string().default('asset'),
  owner: z.string().optional(),
  location: z.string().optional(),
  status: z.string().optional(),
  notes: z.string().optional(),
  aliases: z.array(z.string()).optional(),
});

/**
 * Assets, a list in YAML or JSON.
 *
 * @throws {EnhancementError} `SOURCE_UNREADABLE` when the file is not there or holds no list
 */
export async function readInventory(file: string): Promise<ContextDocuments<Asset>> {
  const leftOut = createLeftOutList();
  const items = await readable(file, async () => {
    const { text, truncated } = await readTextFile(file, largestFileBytes);
    const entries = entriesOf(parseDocument(text), truncated);
    // The last entry may be cut in two.
    if (truncated) leftOut.truncate(basename(file), tooLarge);
    return entries.flatMap((entry, i) => {
      const what = `the ${ordinal(i + 1)} entry of ${basename(file)}`;
      return usable(what, leftOut, () => parseAll(assetSchema, entry()));
    });
  });
  return { items, leftOut: leftOut.list() };
}

/** Entries of the list, each to be made into a value by itself. */
function entriesOf(yaml: Document, truncated: boolean): (() => unknown)[] {
  const written = isMap(yaml.contents) ? yaml.get('assets', true) : yaml.contents;
  if (!isCollection(written) || isMap(written)) {
    const [error] = yaml.errors;
    if (error !== undefined) throw new Error(`it is not as YAML has it: ${firstLine(error)}`);
    throw new Error(`it ${yaml.contents === null ? 'is empty, and ' : ''}must be a list`);
  }
  const nodes = truncated ? written.items.slice(0, -1) : written.items;
  const ends = nodes.map((node) => (isNode(node) ? (node.range?.[2] ?? 0) : 0));
  const errors = truncated ? yaml.errors.filter(({ pos }) => pos[0] < (ends.at(-1) ?? 0)) : yaml.errors;
  // An error belongs to the first entry that ends behind it; what is wrong after the list spoils the last one.
  const wrong = new Map<number, YAMLError>();
  for (const error of errors) {
    const at = ends.findIndex((end) => error.pos[0] < end);
    wrong.set(at === -1 ? nodes.length - 1 : at, error);
  }
  return nodes.map((node, i) => () => {
    const error = wrong.get(i);
    if (error !== undefined) throw new Error(`is not as YAML has it: ${firstLine(error)}`);
    return isNode(node) ? (node.toJS(yaml) as unknown) : node;
  });
}

function firstLine({ message }: YAMLError): string {
  return message.split('\n', 1)[0]?.replace(/:$/, '') ?? message;
}

const historyLineSchema = z
  .object({
    ticket_id: z.string().min(1),
    subject: z.string().default(''),
    description: z.string(),
    resolution: z.string().min(1),
    resolved_at: z.string(),
    tags: z.array(z.string()).default([]),
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
export async function readHistory(file: string): Promise<ContextDocuments<ResolvedTicket>> {
  const leftOut = createLeftOutList();
  const { text, truncated } = await readable(file, () => readTextFile(file, largestFileBytes));
  const items = text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const what = `line ${i + 1} of ${basename(file)}`;
    return usable(what, leftOut, () => parseAll(historyLineSchema, parseJson(line)));
  });
  if (truncated) leftOut.truncate(basename(file), tooLarge);
  return { items, leftOut: leftOut.list() };
}

/** The parser's own words quote the line, which is text of a ticket. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error('is not JSON');
  }
}

function usable<T>(what: string, leftOut: LeftOutList, work: () => T): T[] {
  try {
    return [work()];
  } catch (error) {
    leftOut.skip(what, messageOf(error));
    return [];
  }
}

function reasonOf(error: unknown): string {
  const isOfSystem = error instanceof Error && 'errno' in error;
  return isOfSystem ? `cannot be read (${messageOf(error)})` : messageOf(error);
}

function parseAll<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = parseInWords(schema, value);
  if ('data' in parsed) return parsed.data;
  const told = parsed.problems.map(({ path, message }) => `${pathInWords(path) || 'it'} ${message}`);
  throw new Error(`cannot be used: ${told.join('; ')}`);
}
