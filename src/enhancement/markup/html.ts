import { type Block, type Cell, type Inline, type Item, webAddress } from './tree.js';
import { visibleLines, visibleText } from './visible-text.js';

/**
 * HTML that every desk shows: a dozen elements without style or class. Of attributes there are `href` (an address that
 * {@link webAddress} lets pass), `start` (a number), `border`, and `dir` where text runs from right to left. Everything else
 * is escaped text.
 */

const markup: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Safe between tags and within a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => markup[character] ?? '');
}

export function writeHtml(blocks: readonly Block[]): string {
  return blocks.map(blockHtml).join('\n');
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return element('p', inlineHtml(block.children));
    case 'heading':
      return element('p', `<strong>${inlineHtml(block.children)}</strong>`);
    case 'code':
      return `<pre>${escapeHtml(visibleLines(block.text))}</pre>`;
    case 'quote':
      return `<blockquote>${writeHtml(block.children)}</blockquote>`;
    case 'list': {
      const items = block.items.map((item) => element('li', itemHtml(item))).join('\n');
      if (block.start === undefined) return `<ul>${items}</ul>`;
      return block.start === 1 ? `<ol>${items}</ol>` : `<ol start="${Math.trunc(block.start)}">${items}</ol>`;
    }
    case 'table': {
      const row = (cells: readonly Cell[], tag: 'th' | 'td'): string =>
        `<tr>${cells.map((cell) => element(tag, inlineHtml(cell))).join('')}</tr>`;
      const rows = [row(block.head, 'th'), ...block.rows.map((cells) => row(cells, 'td'))];
      return `<table border="1">${rows.join('\n')}</table>`;
    }
  }
}

const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/gu;
const letter = /\p{L}/gu;
const codeOrTag = /<code>[^<]*<\/code>|<[^<>]*>|&[#\w]{1,8};/g;

/**
 * The direction of each is that of most of its letters, as an Arabic sentence may begin with the name of a program; without a
 * majority, that of its first letter.
 */
function element(tag: 'p' | 'li' | 'th' | 'td', content: string): string {
  const read = content.replaceAll(codeOrTag, '');
  const rtlLetters = read.match(rightToLeft)?.length ?? 0;
  if (rtlLetters === 0) return `<${tag}>${content}</${tag}>`;
  const letters = read.match(letter)?.length ?? 0;
  return `<${tag} dir="${rtlLetters * 2 > letters ? 'rtl' : 'auto'}">${content}</${tag}>`;
}

/** A single paragraph stands in its item without a tag of its own: desks put space around each `<p>`. */
function itemHtml(item: Item): string {
  const [first, ...rest] = item;
  if (first?.kind !== 'paragraph') return writeHtml(item);
  return [inlineHtml(first.children), ...rest.map(blockHtml)].join('\n');
}

function inlineHtml(inlines: readonly Inline[]): string {
  return inlines.map(oneInlineHtml).join('');
}

function oneInlineHtml(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return escapeHtml(visibleText(inline.text));
    case 'code':
      return `<code>${escapeHtml(visibleText(inline.text))}</code>`;
    case 'break':
      return '<br>';
    case 'strong':
      return `<strong>${inlineHtml(inline.children)}</strong>`;
    case 'emphasis':
      return `<em>${inlineHtml(inline.children)}</em>`;
    case 'small':
      return `<small>${inlineHtml(inline.children)}</small>`;
    case 'link': {
      const address = webAddress(inline.address);
      const shown = inlineHtml(inline.children);
      return address === undefined ? shown : `<a href="${escapeHtml(visibleText(address))}">${shown}</a>`;
    }
  }
}
