import { type Block, type Cell, type Inline, type Item, webAddress } from './tree.js';
import { visibleLines, visibleText } from './visible-text.js';

/** Plain text as people write it in mail: numbers and hyphens before items, `>` before quotes, a blank line between blocks. */
export function writePlain(blocks: readonly Block[]): string {
  return blocks.map(blockPlain).join('\n\n');
}

function blockPlain(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      return inlinePlain(block.children);
    case 'code':
      return indented(visibleLines(block.text), '    ');
    case 'quote':
      return indented(writePlain(block.children), '> ');
    case 'list':
      return block.items
        .map((item, i) => itemPlain(item, block.start === undefined ? '- ' : `${block.start + i}. `))
        .join('\n');
    case 'table':
      return [block.head, ...block.rows].map((cells) => cells.map(cellPlain).join(' | ')).join('\n');
  }
}

/** A row is a line. */
const cellPlain = (cell: Cell): string => inlinePlain(cell).replaceAll('\n', ' ');

function itemPlain(item: Item, mark: string): string {
  const body = indented(item.map(blockPlain).join('\n'), ' '.repeat(mark.length));
  return mark + body.slice(mark.length);
}

function indented(lines: string, by: string): string {
  return lines
    .split('\n')
    .map((line) => `${by}${line}`.trimEnd())
    .join('\n');
}

/** One paragraph, cell or title. */
export function inlinePlain(inlines: Cell): string {
  return inlines.map(oneInlinePlain).join('');
}

function oneInlinePlain(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return visibleText(inline.text);
    case 'code':
      return `\`${visibleText(inline.text)}\``;
    case 'break':
      return '\n';
    case 'strong':
    case 'emphasis':
    case 'small':
      return inlinePlain(inline.children);
    case 'link': {
      const address = webAddress(inline.address);
      const shown = inlinePlain(inline.children);
      return address === undefined || address.replace(/^mailto:/, '') === shown ? shown : `${shown} <${address}>`;
    }
  }
}
