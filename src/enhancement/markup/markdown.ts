import createParser, { type Env, type MarkdownIt, type Token } from 'markdown-it';
import { htmlBlock, inlineHtml, withEntities } from './html-block.js';
import { addressOfTag } from './html-tags.js';
import { withAddress } from './link-text.js';
import { type Block, type Cell, type Inline, type Item, text } from './tree.js';

/**
 * - `markdown`: an article of a knowledge base.
 * - `ticket`: what somebody typed into a form. Lines are kept, lists, fences and `code` are recognised; hyphens,
 *   underscores, backslashes and pointed brackets are what they are.
 */
export type Dialect = 'markdown' | 'ticket';

/** Lists in lists and quotes in quotes; what is nested deeper is left out. Also the depth of the recursion below. */
const maxNesting = 20;

const parsers: Record<Dialect, MarkdownIt> = {
  markdown: createParser({ html: true, linkify: false, typographer: false }),
  ticket: createParser('zero').enable(['list', 'fence', 'newline', 'backticks']),
};
for (const parser of Object.values(parsers)) {
  parser.set({ maxNesting });
  // Which addresses become links is decided here: `[x](javascript:…)` is not to be shown as it is either.
  parser.validateLink = () => true;
}

/** A block at the top level, with the lines that it stands on. */
export interface PlacedBlock {
  readonly block: Block;
  /** 1 to 6 for a heading, else 0. */
  readonly level: number;
  /** Of the text, counted from 0; `end` is the line behind it. */
  readonly start: number;
  readonly end: number;
  /** Of a list: the first line of each item. */
  readonly items: readonly number[];
}

export interface Reading {
  readonly lines: readonly string[];
  readonly blocks: readonly PlacedBlock[];
  /** Of links, as lines of Markdown, under their labels in capitals: `[label]: address`. */
  readonly definitions: ReadonlyMap<string, string>;
}

/** Linear in the length of the text. */
export function readMarkup(source: string, dialect: Dialect): Block[] {
  return blocksOf(new Tokens(parsers[dialect].parse(source, {})), dialect);
}

/** The same with the places of the blocks, for taking parts of the text. */
export function readPlaced(source: string, dialect: Dialect): Reading {
  const environment: Env = {};
  const normalised = source.replace(/\r\n?/g, '\n');
  const tokens = new Tokens(parsers[dialect].parse(normalised, environment));
  const blocks: PlacedBlock[] = [];
  for (;;) {
    const first = tokens.peek();
    if (first === undefined) break;
    const from = tokens.position;
    const block = blockOf(tokens, dialect);
    if (block === undefined || first.map === null) continue;
    const [start, end] = first.map;
    const level = first.type === 'heading_open' ? Number(first.tag.slice(1)) : 0;
    blocks.push({ block, level, start, end, items: itemStarts(tokens.between(from), first.level + 1) });
  }
  const definitions = Object.entries(environment.references ?? {});
  return {
    lines: normalised.split('\n'),
    blocks,
    definitions: new Map(definitions.map(([label, { href }]) => [label, `[${label}]: ${href}`])),
  };
}

function itemStarts(tokens: readonly Token[], level: number): number[] {
  return tokens
    .filter((token) => token.type === 'list_item_open' && token.level === level)
    .flatMap(({ map }) => (map === null ? [] : [map[0]]));
}

class Tokens {
  position = 0;
  readonly #tokens: readonly Token[];
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }
  peek(): Token | undefined {
    return this.#tokens[this.position];
  }
  next(): Token | undefined {
    return this.#tokens[this.position++];
  }
  between(from: number): readonly Token[] {
    return this.#tokens.slice(from, this.position);
  }
}

/** Up to the token that closes them, which is taken too. */
function blocksOf(tokens: Tokens, dialect: Dialect, closing?: string): Block[] {
  const blocks: Block[] = [];
  for (let token = tokens.peek(); token !== undefined; token = tokens.peek()) {
    if (token.type === closing) {
      tokens.next();
      break;
    }
    const block = blockOf(tokens, dialect);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

function blockOf(tokens: Tokens, dialect: Dialect): Block | undefined {
  const token = tokens.next();
  switch (token?.type) {
    case 'paragraph_open':
    case 'heading_open': {
      const children = inlinesOf(tokens.next()?.children ?? [], dialect);
      tokens.next();
      const kind = token.type === 'heading_open' ? 'heading' : 'paragraph';
      return children.length === 0 ? undefined : { kind, children };
    }
    case 'bullet_list_open':
      return { kind: 'list', items: itemsOf(tokens, dialect, 'bullet_list_close'), start: undefined };
    case 'ordered_list_open': {
      const start = Number(token.attrGet('start') ?? 1);
      return { kind: 'list', items: itemsOf(tokens, dialect, 'ordered_list_close'), start };
    }
    case 'blockquote_open':
      return { kind: 'quote', children: blocksOf(tokens, dialect, 'blockquote_close') };
    case 'fence':
    case 'code_block':
      return { kind: 'code', text: token.content.replace(/\n$/, '') };
    case 'html_block':
      return htmlBlock(token.content);
    case 'table_open':
      return tableOf(tokens, dialect);
    default:
      return undefined; // a line across the page, and closing tokens
  }
}

function itemsOf(tokens: Tokens, dialect: Dialect, closing: string): Item[] {
  const items: Item[] = [];
  for (let token = tokens.next(); token !== undefined && token.type !== closing; token = tokens.next()) {
    if (token.type === 'list_item_open') items.push(blocksOf(tokens, dialect, 'list_item_close'));
  }
  return items;
}

function tableOf(tokens: Tokens, dialect: Dialect): Block {
  const rows: Cell[][] = [];
  for (let token = tokens.next(); token !== undefined && token.type !== 'table_close'; token = tokens.next()) {
    if (token.type === 'tr_open') rows.push([]);
    else if (token.type === 'inline') rows.at(-1)?.push(withoutEmptyLines(inlinesOf(token.children ?? [], dialect)));
  }
  const [head = [], ...body] = rows;
  return { kind: 'table', head, rows: body };
}

/** A list in a cell has a line end before and behind each item. */
function withoutEmptyLines(cell: readonly Inline[]): Inline[] {
  const kept: Inline[] = [];
  for (const inline of cell) {
    const isBlank = inline.kind === 'text' && inline.text.trim() === '';
    const isAtStart = kept.length === 0 || kept.at(-1)?.kind === 'break';
    if (!isAtStart || (inline.kind !== 'break' && !isBlank)) kept.push(inline);
  }
  if (kept.at(-1)?.kind === 'break') kept.pop();
  return kept;
}

function inlinesOf(tokens: readonly Token[], dialect: Dialect): Inline[] {
  return inlinesUntil(new Tokens(tokens.filter(isWithinNesting)), dialect, undefined);
}

/** Tokens of markup that is nested deeper are taken out: what they enclose stays. */
function isWithinNesting({ level, nesting }: Token): boolean {
  return nesting === 0 || level < maxNesting;
}

function inlinesUntil(tokens: Tokens, dialect: Dialect, closing: string | undefined): Inline[] {
  const inlines: Inline[] = [];
  /** Of HTML, open. */
  let anchor: { readonly address: string; readonly from: number } | undefined;
  for (let token = tokens.next(); token !== undefined && token.type !== closing; token = tokens.next()) {
    switch (token.type) {
      case 'text':
        if (token.content !== '') inlines.push(text(token.content));
        break;
      case 'code_inline':
        inlines.push({ kind: 'code', text: token.content });
        break;
      case 'hardbreak':
        inlines.push({ kind: 'break' });
        break;
      case 'softbreak':
        inlines.push(
          dialect === 'ticket' || listMark.test(tokens.peek()?.content ?? '') ? { kind: 'break' } : text(' '),
        );
        break;
      case 'strong_open':
        inlines.push({ kind: 'strong', children: inlinesUntil(tokens, dialect, 'strong_close') });
        break;
      case 'em_open':
        inlines.push({ kind: 'emphasis', children: inlinesUntil(tokens, dialect, 'em_close') });
        break;
      case 's_open':
        // Struck out: it is no longer to be done.
        inlinesUntil(tokens, dialect, 's_close');
        break;
      case 'link_open':
        inlines.push(...withAddress(inlinesUntil(tokens, dialect, 'link_close'), String(token.attrGet('href') ?? '')));
        break;
      case 'image':
        inlines.push(...inlinesOf(token.children ?? [], dialect));
        break;
      case 'html_inline':
        if (skipsStruck(token.content, tokens)) break;
        if (/^<a\s/i.test(token.content))
          anchor = { address: withEntities(addressOfTag(token.content)), from: inlines.length };
        else if (/^<\/a>/i.test(token.content) && anchor !== undefined) {
          inlines.push(...withAddress(inlines.splice(anchor.from), anchor.address));
          anchor = undefined;
        }
        inlines.push(...inlineHtml(token.content));
        break;
      default:
        break;
    }
  }
  return inlines;
}

/** Marks of items that Markdown does not know: `•`, `1、`, `２．`, `3.` behind a paragraph's line. Without its line end the step is lost. */
const listMark = /^(?:[•●◦▪‣–—]|(?:\d{1,2}|[０-９]{1,2})[.)、．](?!\d)|\(\d{1,2}\)|[a-z]\)\s)/i;

/** Tokens within which the end of struck text is looked for. */
const mostStruck = 200;

/** Whether the tag begins text that is struck out, which is skipped. Without an end it is a placeholder, such as `<s>`. */
function skipsStruck(tag: string, tokens: Tokens): boolean {
  const [, name = ''] = /^<(del|s|strike)[\s>]/i.exec(tag) ?? [];
  if (name === '') return false;
  const start = tokens.position;
  for (let token = tokens.next(); token !== undefined && tokens.position <= start + mostStruck; token = tokens.next()) {
    if (token.type === 'html_inline' && token.content.toLowerCase() === `</${name.toLowerCase()}>`) return true;
  }
  tokens.position = start;
  return false;
}
