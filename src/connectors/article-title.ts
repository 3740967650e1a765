import { z } from 'zod';
import { headingsOf, plainHeading } from '../enhancement/note-engine.js';
import { parseBoundedYaml } from './bounded-yaml.js';

/** Characters in which front matter must end: site generators keep lists of images in it. */
const longestFrontMatter = 16_000;
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
  draft: z.unknown().optional(),
  published: z.unknown().optional(),
});

export interface ArticleHead {
  /** Empty: the text has no title. */
  readonly title: string;
  /** Tags, keywords, aliases and description of the front matter, one per line. May be empty. */
  readonly keywords: string;
  /** The text without title and front matter. */
  readonly markdown: string;
  /** Its front matter says so (`draft: true`, `published: false`), and no site generator publishes it. */
  readonly isDraft: boolean;
}

/**
 * Separates the title from a Markdown text: the title of its front matter, which site generators put between two lines of `---`
 * (YAML) or `+++` (TOML) at the beginning, else the first heading of level 1.
 */
export function takeTitle(text: string): ArticleHead {
  const { metadata, body } = splitFrontMatter(text);
  const { title, draft, published, ...words } = frontMatterSchema.parse(metadata);
  const isDraft = /^(?:true|yes)$/i.test(String(draft)) || /^(?:false|no)$/i.test(String(published));
  const keywords = Object.values(words).flat().join('\n').slice(0, longestKeywords);
  if (title.trim() !== '') return { title: plainTitle(title), keywords, markdown: body, isDraft };
  const lines = body.split('\n');
  const heading = headingsOf(lines).find(({ level }) => level === 1);
  if (heading === undefined) return { title: '', keywords, markdown: body, isDraft };
  lines.splice(heading.start, heading.end - heading.start, '');
  return { title: plainHeading(heading.text), keywords, markdown: lines.join('\n'), isDraft };
}

/** Obsidian's links may stand in a property. */
function plainTitle(title: string): string {
  return title.replaceAll(/\[\[(?:[^\][|]{1,300}\|)?([^\][]{1,300})\]\]/g, '$1').trim();
}

interface FrontMatter {
  readonly metadata: object;
  readonly body: string;
}

function splitFrontMatter(text: string): FrontMatter {
  const [begin = '', mark] = /^\s{0,100}(---|\+\+\+)[ \t]{0,8}\n/.exec(text) ?? [];
  if (mark === undefined) return { metadata: {}, body: text };
  const isYaml = mark === '---';
  // From the line end on: it may be empty.
  const end = text
    .slice(begin.length - 1, longestFrontMatter)
    .search(isYaml ? /\n(?:---|\.\.\.)[ \t]{0,8}(?:\n|$)/ : /\n\+\+\+[ \t]{0,8}(?:\n|$)/);
  if (end === -1) return { metadata: {}, body: text };
  const endLine = begin.length - 1 + end;
  const rest = text.indexOf('\n', endLine + 1);
  const metadata = readMetadata(text.slice(begin.length, endLine), isYaml);
  if (metadata === undefined) return { metadata: {}, body: text };
  return { metadata, body: rest === -1 ? '' : text.slice(rest + 1) };
}

const blankLine = /^[ \t]{0,8}$/m;
const yamlKey = /^(?:"[^"\n]{1,60}"|'[^'\n]{1,60}'|[^\s#:"'{[>*|-][^:\n]{0,60}):(?:[ \t]|$)/;
const tomlKey = /^(?:["']?[\w.-]{1,60}["']?[ \t]{0,8}=|\[)/;
/** A line that continues a value. */
const continued = /^(?:[ \t#\]}]|- |$)/;
const pair = /^(title|tags|keywords|aliases|description|draft|published)[ \t]{0,8}[=:][ \t]{0,8}(\S.*)$/gm;

/** Undefined: it is text between two rules, or above an underlined heading. */
function readMetadata(written: string, isYaml: boolean): object | undefined {
  const lines = written.split('\n').map((line) => line.trimEnd());
  const first = lines.find((line) => line !== '' && !line.startsWith('#'));
  if (first === undefined) return written.trim() === '' ? {} : undefined;
  if (!isYaml) return tomlKey.test(first) ? readPairs(written) : undefined;
  const whole = readYaml(written);
  const isMapping = typeof whole === 'object' && whole !== null && !Array.isArray(whole);
  if (!yamlKey.test(first) && !(isMapping && first.startsWith('{'))) return undefined;
  const pairs = readPairs(written);
  // A sentence such as `Note: only for admins` is a mapping, too.
  if (lines[0] === '' && Object.keys(pairs).length === 0) return undefined;
  if (isMapping) return whole;
  const isPairs = whole === undefined && !blankLine.test(written.trim());
  return isPairs && lines.every((line) => yamlKey.test(line) || continued.test(line)) ? pairs : undefined;
}

/**
 * Reads the keys in use from TOML, whose one-line strings and lists are valid YAML, and from invalid YAML, which usually has an
 * unquoted colon in its title.
 */
function readPairs(metadata: string): object {
  return Object.fromEntries(
    [...metadata.matchAll(pair)].map(([, key = '', text = '']) => {
      const value = readYaml(text);
      return [key, typeof value === 'string' || typeof value === 'boolean' || Array.isArray(value) ? value : text];
    }),
  );
}

/** @returns undefined if the text is not YAML, or nested too deeply */
function readYaml(text: string): unknown {
  try {
    const document = parseBoundedYaml(text);
    return document.errors.length > 0 ? undefined : document.toJS();
  } catch {
    return undefined;
  }
}
