import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { parseInWords, pathInWords } from '../config/wording.js';
import {
  type Article,
  type Asset,
  EnhancementError,
  type ResolvedTicket,
  withoutClosingMarks,
} from '../enhancement/index.js';
import { messageOf } from '../logging/describe-error.js';

/** The files of a tenant that context comes from. Read at the first use; a SIGHUP replaces the children that did. */

/** A file larger than this is no article. */
const largestFileBytes = 4 * 1024 * 1024;

/**
 * Markdown files of a folder and the folders in it. The title is the first heading, or the file's name.
 *
 * @throws {EnhancementError} `SOURCE_UNREADABLE`
 */
export async function readKnowledge(folder: string): Promise<Article[]> {
  const names = await readable(folder, () => readdir(folder, { recursive: true }));
  const files = names.filter((name) => /\.(md|markdown)$/i.test(name)).sort();
  return Promise.all(
    files.map(async (name) => {
      const text = await readText(join(folder, name));
      const title = /^#[ \t]+(\S.*)$/m.exec(text);
      const markdown = title ? text.replace(title[0], '') : text;
      const id = name.replace(/\.[^.]+$/, '');
      return { id, title: withoutClosingMarks(title?.[1] ?? '') || id, markdown };
    }),
  );
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

/** @throws {EnhancementError} `SOURCE_UNREADABLE` */
export async function readInventory(file: string): Promise<Asset[]> {
  const text = await readText(file);
  return readable(file, async () => {
    const written: unknown = parseYaml(text);
    const isMapping = typeof written === 'object' && written !== null && 'assets' in written;
    return parseAll(z.array(assetSchema), isMapping ? written.assets : written);
  });
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
 * @throws {EnhancementError} `SOURCE_UNREADABLE`, which names the line
 */
export async function readHistory(file: string): Promise<ResolvedTicket[]> {
  const lines = (await readText(file)).split('\n').map((line, i) => ({ line, number: i + 1 }));
  return Promise.all(
    lines
      .filter(({ line }) => line.trim() !== '')
      .map(({ line, number }) =>
        readable(`${file}:${number}`, async () => parseAll(historyLineSchema, JSON.parse(line))),
      ),
  );
}

function readText(file: string): Promise<string> {
  return readable(file, async () => {
    const { size } = await stat(file);
    if (size > largestFileBytes) throw new Error(`it is larger than ${largestFileBytes} bytes`);
    return readFile(file, 'utf8');
  });
}

async function readable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = `${path} cannot be used: ${messageOf(error)}. Correct it, or its path.`;
    throw new EnhancementError('SOURCE_UNREADABLE', message, { cause: error });
  }
}

function parseAll<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = parseInWords(schema, value);
  if ('data' in parsed) return parsed.data;
  const told = parsed.problems.map(({ path, message }) => `${pathInWords(path) || 'it'} ${message}`);
  throw new Error(told.join('; '));
}
