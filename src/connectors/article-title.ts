import { parse } from 'yaml';
import { z } from 'zod';
import { withoutClosingMarks } from '../enhancement/index.js';

/** Of the beginning of a file. Metadata of an article takes less. */
const longestFrontMatter = 4000;

const frontMatterSchema = z.object({ title: z.coerce.string().trim().min(1) });

export interface TitledText {
  /** Empty: the text has none. */
  readonly title: string;
  /** Without the title and the metadata. */
  readonly markdown: string;
}

/**
 * Takes the title from a Markdown text: that of YAML front matter, which site generators put between two lines of `---` at
 * the beginning, else the first heading of the first level.
 */
export function takeTitle(text: string): TitledText {
  const { metadata, body } = splitFrontMatter(text);
  const title = titleIn(metadata);
  if (title !== undefined) return { title, markdown: body };
  const heading = /^#[ \t]+(\S.*)$/m.exec(body);
  if (heading === null) return { title: '', markdown: body };
  return { title: withoutClosingMarks(heading[1] ?? ''), markdown: body.replace(heading[0], '') };
}

function splitFrontMatter(text: string): { readonly metadata: string; readonly body: string } {
  if (!text.startsWith('---\n')) return { metadata: '', body: text };
  const end = text.slice(0, longestFrontMatter).search(/\n(?:---|\.\.\.)[ \t]{0,8}(?:\n|$)/);
  if (end === -1) return { metadata: '', body: text };
  const rest = text.indexOf('\n', end + 1);
  return { metadata: text.slice(4, end), body: rest === -1 ? '' : text.slice(rest + 1) };
}

/** Metadata that is not YAML, or has no title, takes nothing away from the article. */
function titleIn(metadata: string): string | undefined {
  if (metadata === '') return undefined;
  try {
    return frontMatterSchema.safeParse(parse(metadata, { logLevel: 'silent' })).data?.title;
  } catch {
    return undefined;
  }
}
