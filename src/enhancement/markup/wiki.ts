import { type Block, type Cell, type Inline, type Item, webAddress } from './tree.js';
import { visibleLines, visibleText } from './visible-text.js';

/**
 * Jira's wiki text, which Jira Service Management takes in a comment's `body`. Its marks are escaped with a backslash
 * wherever text could be read as one: macros (`{html}`), links and mentions (`[~name]`), images (`!x!`), styles and tables.
 * Source of the notation: Atlassian, "Text formatting notation help".
 */
export function writeWiki(blocks: readonly Block[]): string {
  return blocks.map((block) => blockWiki(block, '')).join('\n\n');
}

/** @param marks of the lists around it: `#*` is a bullet in a numbered item */
function blockWiki(block: Block, marks: string): string {
  switch (block.kind) {
    case 'paragraph':
      return inlineWiki(block.children);
    case 'heading':
      return inlineWiki([{ kind: 'strong', children: block.children }]);
    case 'code':
      // Nothing but its own end has a meaning inside.
      return `{noformat}\n${visibleLines(block.text).replace(/\{noformat/gi, '{ noformat')}\n{noformat}`;
    case 'quote':
      return `{quote}\n${writeWiki(block.children)}\n{quote}`;
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
        `${bar}${cells.map((cell) => `${inlineWiki(cell).replaceAll('\n', ' ') || ' '}${bar}`).join('')}`;
      return [row(block.head, '||'), ...block.rows.map((cells) => row(cells, '|'))].join('\n');
    }
  }
}

/**
 * A blank line would end the list.
 *
 * @param shown stands before the item. Default: the marks of its list
 */
function itemWiki(item: Item, marks: string, shown = marks): string {
  return `${shown} ${item.map((block) => blockWiki(block, marks)).join('\n')}`;
}

function inlineWiki(inlines: readonly Inline[]): string {
  return inlines.map(oneInlineWiki).join('');
}

function oneInlineWiki(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return escapeWiki(visibleText(inline.text));
    case 'code':
      return `{{${escapeWiki(visibleText(inline.text))}}}`;
    case 'break':
      return '\n';
    case 'strong':
      return `*${inlineWiki(inline.children.flatMap(withoutStrong))}*`;
    case 'emphasis':
      return `_${inlineWiki(inline.children)}_`;
    case 'small':
      return inlineWiki(inline.children);
    case 'link': {
      const address = webAddress(inline.address);
      const shown = inlineWiki(inline.children);
      return address === undefined ? shown : `[${shown}|${wikiAddress(address)}]`;
    }
  }
}

/** A second star would end the first one's. */
function withoutStrong(inline: Inline): readonly Inline[] {
  return inline.kind === 'strong' ? inline.children.flatMap(withoutStrong) : [inline];
}

/** Marks that have a meaning anywhere, and those that have one at the edge of a word or line. */
const marks = /[{}[\]\\|!]|(?<![\p{L}\p{N}])[*_+^~?#@-]|[*_+^~?@-](?![\p{L}\p{N}])/gu;
const address = /(https?:\/\/[^\s]+)/;

function escapeWiki(text: string): string {
  return text
    .split(address)
    .map((part, i) => (i % 2 === 1 ? wikiAddress(part) : part.replace(marks, '\\$&')))
    .join('');
}

/** In an address a backslash would be a part of it. */
function wikiAddress(part: string): string {
  return part.replace(/[{}[\]\\|!*^]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
