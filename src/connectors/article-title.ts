import { parse } from 'yaml';
import { z } from 'zod';
import { headingsOf, plainHeading } from '../enhancement/note-engine.js';

/** Characters in which front matter must end. */
const longestFrontMatter = 4000;
const longestKeywords = 1000;

const wordsSchema = z
  .union([z.string(), z.array(z.coerce.string())])
  .transform((words) => [words].flat())
  .catch([]);
const frontMatterSchema = z.object({
  title: z.union([z.string(), z.number(), z.boolean()]).transform(String).catch(''),
  tags: wordsSchema,
  keywords: wordsSchema,
  aliases: wordsSchema,
  description: wordsSchema,
});

export interface ArticleHead {
  /** Empty: the text has no title. */
  readonly title: string;
  /** Tags, keywords, aliases and description of the front matter, one per line. May be empty. */
  readonly keywords: string;
  /** The text without title and front matter. */
  readonly markdown: string;
}

/**
 * Separates the title from a Markdown text: the title of its front matter, which site generators put between two lines of `---`
 * (YAML) or `+++` (TOML) at the beginning, else the first heading of level 1.
 */
export function takeTitle(text: string): ArticleHead {
  const { metadata, body } = splitFrontMatter(text);
  const { title, ...words } = frontMatterSchema.parse(metadata);
  const keywords = Object.values(words).flat().join('\n').slice(0, longestKeywords);
  if (title.trim() !== '') return { title: title.trim(), keywords, markdown: body };
  const lines = body.split('\n');
  const heading = headingsOf(lines).find(({ level }) => level === 1);
  if (heading === undefined) return { title: '', keywords, markdown: body };
  lines.splice(heading.start, heading.end - heading.start, '');
  return { title: plainHeading(heading.text), keywords, markdown: lines.join('\n') };
}

interface FrontMatter {
  readonly metadata: object;
  readonly body: string;
}

function splitFrontMatter(text: string): FrontMatter {
  const mark = text.slice(0, 4);
  if (mark !== '---\n' && mark !== '+++\n') return { metadata: {}, body: text };
  const isYaml = mark === '---\n';
  const end = text
    .slice(0, longestFrontMatter)
    .search(isYaml ? /\n(?:---|\.\.\.)[ \t]{0,8}(?:\n|$)/ : /\n\+\+\+[ \t]{0,8}(?:\n|$)/);
  if (end === -1) return { metadata: {}, body: text };
  const rest = text.indexOf('\n', end + 1);
  const metadata = text.slice(4, end);
  const whole = isYaml ? readYaml(metadata) : undefined;
  return {
    metadata: typeof whole === 'object' && whole !== null ? whole : readPairs(metadata),
    body: rest === -1 ? '' : text.slice(rest + 1),
  };
}

const pair = /^(title|tags|keywords|aliases|description)[ \t]{0,8}[=:][ \t]{0,8}(\S.*)$/gm;

/**
 * Reads the keys in use from TOML, whose one-line strings and lists are valid YAML, and from invalid YAML, which usually has an
 * unquoted colon in its title.
 */
function readPairs(metadata: string): object {
  return Object.fromEntries(
    [...metadata.matchAll(pair)].map(([, key = '', text = '']) => {
      const value = readYaml(text);
      return [key, typeof value === 'string' || Array.isArray(value) ? value : text];
    }),
  );
}

/** @returns undefined if the text is not YAML */
function readYaml(text: string): unknown {
  try {
    return parse(text, { logLevel: 'error' });
  } catch {
    return undefined;
  }
}
