import { type Block, type Cell, type Inline, type Item, webAddress } from './tree.js';
import { visibleLines, visibleText } from './visible-text.js';

/**
 * Jira's wiki text, which Jira Service Management takes in a comment's `body`. Its marks are escaped with a backslash
 * wherever text could be read as one: macros (`{html}`), links and mentions (`[~name]`), images (`!x!`), styles, tables and
 * emoticons. Sources of the notation: Atlassian, "Text formatting notation help", and the patterns of Jira's renderer that
 * `@atlaskit/editor-wikimarkup-transformer` quotes.
 */
export function writeWiki(blocks: readonly Block[]): string {
  return blocks.map((block) => blockWiki(block, '')).join('\n\n');
}

/** @param marks of the lists around it: `#*` is a bullet in a numbered item */
function blockWiki(block: Block, marks: string): string {
  switch (block.kind) {
    case 'paragraph':
      return linesWiki(block.children);
    case 'heading':
      return linesWiki([{ kind: 'strong', children: block.children }]);
    case 'code':
      // Nothing but its own end has a meaning inside.
      return `{noformat}\n${visibleLines(block.text).replace(/\{noformat/gi, '{ noformat')}\n{noformat}`;
    case 'quote':
      return `{quote}\n${writeWiki(block.children.flatMap(unquoted))}\n{quote}`;
    case 'list': {
      const { items, start } = block;
      // Jira counts every list from 1: other numbers are text, or "see step 3" would mean another step.
      if (start !== undefined && start !== 1)
        return items.map((item, i) => itemWiki(item, '', `${start + i}.`)).join('\n');
      const mark = `${marks}${start === undefined ? '*' : '#'}`;
      return items.map((item) => itemWiki(item, mark)).join('\n');
    }
    case 'table': {
      const row = (cells: readonly Cell[], bar: string): string =>
        `${bar}${cells.map((cell) => `${cellWiki(cell) || ' '}${bar}`).join('')}`;
      return [row(block.head, '||'), ...block.rows.map((cells) => row(cells, '|'))].join('\n');
    }
  }
}

/** Begin and end of a quotation are the same mark: an inner one would end the outer one. */
function unquoted(block: Block): readonly Block[] {
  if (block.kind === 'list') return [{ ...block, items: block.items.map((item) => item.flatMap(unquoted)) }];
  return block.kind === 'quote' ? block.children.flatMap(unquoted) : [block];
}

/**
 * A blank line would end the list.
 *
 * @param shown stands before the item. Default: the marks of its list
 */
function itemWiki(item: Item, marks: string, shown = marks): string {
  return `${shown} ${item.map((block) => blockWiki(block, marks)).join('\n')}`;
}

/** In place of a bar, which ends a cell or a link's text, escaped or not. */
const brokenBar = '¦';

function cellWiki(cell: Cell): string {
  return linesWiki(cell).replaceAll('\n', ' ').replaceAll('\\|', brokenBar);
}

/** `h1.` and `bq.` begin a heading and a quotation where they begin a line; nothing escapes them. */
function linesWiki(inlines: readonly Inline[]): string {
  return inlineWiki(inlines, false).replaceAll(/^(?=(?:h[1-6]|bq)\.)/gm, '\u00A0');
}

/** @param isLinked within a link's text, which ends at the first bracket, escaped or not */
function inlineWiki(inlines: readonly Inline[], isLinked: boolean): string {
  const parts = inlines.map((inline) => oneInlineWiki(inline, isLinked));
  return parts
    .map((part, i) => {
      const style = styles[inlines[i]?.kind ?? ''];
      return style === undefined ? part : styled(style, part, parts[i - 1]?.at(-1) ?? '', parts[i + 1]?.at(0) ?? '');
    })
    .join('');
}

type Marks = readonly [before: string, behind: string];
const code: Marks = ['{{', '}}'];
const styles: Readonly<Record<string, readonly [alone: Marks, joined: Marks]>> = {
  strong: [
    ['*', '*'],
    ['{*}', '{*}'],
  ],
  emphasis: [
    ['_', '_'],
    ['{_}', '{_}'],
  ],
  code: [code, ['{{{}', '{}}}']],
};

/** An escape, but for a hyphen between blanks, which is a hyphen. */
const escaped = /\\[#*_+?^~|%{}[\]()!@]|(?<! )\\-|\\-(?! )/;

/**
 * Beside a letter a mark is text, unless it is in braces; all that is not ASCII counts as a letter. Words that need an escape have no
 * style: Jira reads the escapes in them twice, so that a title could be a link, a picture or a mention.
 */
function styled([alone, joined]: readonly [Marks, Marks], content: string, before: string, after: string): string {
  if (escaped.test(content) && alone !== code) return content;
  const [open, close] = /[A-Za-z\d\u0080-\uFFFF]/.test(before + after) ? joined : alone;
  return `${open}${content}${close}`;
}

function oneInlineWiki(inline: Inline, isLinked: boolean): string {
  switch (inline.kind) {
    case 'text':
    case 'code':
      return escapeWiki(visibleText(inline.text), isLinked);
    case 'break':
      return '\n';
    case 'strong':
      return inlineWiki(inline.children.flatMap(withoutStrong), isLinked);
    case 'emphasis':
    case 'small':
      return inlineWiki(inline.children, isLinked);
    case 'link': {
      const address = webAddress(inline.address);
      if (address === undefined) return inlineWiki(inline.children, isLinked);
      return `[${inlineWiki(inline.children, true)}|${wikiAddress(address)}]`;
    }
  }
}

/** A second star would end the first one's. */
function withoutStrong(inline: Inline): readonly Inline[] {
  return inline.kind === 'strong' ? inline.children.flatMap(withoutStrong) : [inline];
}

/** Marks that have a meaning anywhere, those that have one at the edge of a word or line, and emoticons. */
const marks =
  /[{}[\]|!]|(?<![\p{L}\p{N}])[*_+^~?#@-]|[*_+^~?@-](?![\p{L}\p{N}])|\((?=(?:[ynix/!+?-]|on|off|flag|flagoff|\*[yrgb]?)\))|(?<=[:;]-?)[()]/gu;
const address = /(https?:\/\/[^\s]+)/;

function escapeWiki(text: string, isLinked: boolean): string {
  const written = isLinked ? text.replaceAll(/[[{]/g, '(').replaceAll(/[\]}]/g, ')').replaceAll('|', brokenBar) : text;
  return written
    .split(address)
    .map((part, i) => (i % 2 === 1 ? wikiAddress(part) : plainWiki(part)))
    .join('');
}

function plainWiki(text: string): string {
  return text
    .split(/(\\+)/)
    .map((part, i, parts) =>
      i % 2 === 1 ? backslashes(part, parts[i + 1] ?? '', i + 2 < parts.length) : part.replace(marks, '\\$&'),
    )
    .join('');
}

/**
 * A backslash cannot be escaped: it is itself where no mark follows. Two are the end of a line, unless another one follows in the same
 * word, as in `\\server\share`.
 */
function backslashes(run: string, next: string, hasMore: boolean): string {
  const isBeforeText = /^[^-#*_+?^~|%{}[\]()!@]/.test(next);
  const isPath = run.length === 2 && hasMore && !/\s/.test(next);
  if (isPath && isBeforeText) return run;
  return isBeforeText ? `${'&#92;'.repeat(run.length - 1)}\\` : '&#92;'.repeat(run.length);
}

/** In an address a backslash would be a part of it. */
function wikiAddress(part: string): string {
  return part.replace(/[{}[\]\\|!*^]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
