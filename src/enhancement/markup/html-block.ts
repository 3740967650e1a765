import createParser from 'markdown-it';
import { withoutTags } from './html-tags.js';
import { type Block, type Inline, paragraph, text } from './tree.js';

const { utils } = createParser();

const entity = /&(?:[a-z][a-z\d]{1,31}|#\d{1,7}|#x[\da-f]{1,6});/gi;

/** In HTML, Markdown's parser leaves them as they are. */
export function withEntities(text: string): string {
  return text.replace(entity, (one) => utils.unescapeAll(one));
}

const preformatted = /^\s{0,3}<pre(?:\s[^<>]{0,500})?>\n?([^]*?)<\/pre>\s*$/i;

/** A block of HTML within Markdown: code if it is one `<pre>`, else its lines of text. */
export function htmlBlock(html: string): Block | undefined {
  const code = preformatted.exec(html)?.[1];
  if (code === undefined) return paragraphOfLines(withEntities(withoutTags(html)));
  const lines = withEntities(withoutTags(code)).trimEnd();
  return lines === '' ? undefined : { kind: 'code', text: lines };
}

function paragraphOfLines(content: string): Block | undefined {
  const lines = content
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' '))
    .filter((line) => line !== '');
  if (lines.length === 0) return undefined;
  return paragraph(...lines.flatMap((line, i): Inline[] => (i === 0 ? [text(line)] : [{ kind: 'break' }, text(line)])));
}

/** What a tag within a line is shown as: a line end, itself if it is not HTML, or nothing. */
export function inlineHtml(tag: string): Inline[] {
  return withoutTags(tag).split(/(\n)/).flatMap(lineOrBreak);
}

function lineOrBreak(part: string): Inline[] {
  if (part === '\n') return [{ kind: 'break' }];
  return part === '' ? [] : [text(part)];
}
