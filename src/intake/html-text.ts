import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import { createLoopTurns } from '../enhancement/index.js';
import { lineTag } from './html-detection.js';
import {
  elementsWithoutText,
  embeddingElements,
  emptyElements,
  isElement,
  lineEndsAround,
  readAttributes,
  type Role,
  roleOf,
} from './html-elements.js';
import { LineWriter } from './line-writer.js';

/** Characters of markup that are read. Outlook puts up to 100,000 characters of style sheets before the text. */
const longestMarkup = 400_000;

/** Characters of text after which reading ends. */
const longestText = 65_536;

/** Of an attribute, in characters. */
const longestAttribute = 1000;

const deepestRegions = 16;
const deepestLists = 16;

/** A part of the text that is skipped, marked as a quotation or kept as it is, up to the end of the element that opened it. */
interface Region {
  readonly element: string;
  readonly role: Role;
  /** Elements of the same name that are open in it. */
  depth: number;
}

/** Characters of markup that are read between two yields to the event loop. */
const pieceLength = 8192;

/**
 * The visible text of HTML, in lines. Style sheets, scripts, hidden parts and marked signatures are skipped; the lines of
 * marked quotations begin with `> `. For a whole message of a desk; tags within Markdown are read by
 * enhancement/markup/html-tags.ts. One pass of a tokenizer without a tree: the time is linear in any input, and divided into
 * turns of the event loop.
 */
export async function textOfHtml(html: string): Promise<string> {
  const source = html.slice(0, longestMarkup);
  const reader = new HtmlReader(source);
  const tokenizer = new Tokenizer({ decodeEntities: true }, reader);
  const turns = createLoopTurns();
  for (let at = 0; at < source.length && reader.length < longestText; at += pieceLength) {
    tokenizer.write(source.slice(at, at + pieceLength));
    await turns.pause();
  }
  tokenizer.end();
  return reader.text();
}

class HtmlReader implements TokenizerCallbacks {
  private readonly lines = new LineWriter();
  private readonly regions: Region[] = [];
  /** The number of the last item of each open list; undefined: its items have no numbers. */
  private readonly lists: (number | undefined)[] = [];
  /** Open elements that keep white space by a style. */
  private preformatted = 0;
  private openPres = 0;
  /** Length of the text before the last paragraph. */
  private paragraphStart = -1;
  /** Text since the last tag. The tokenizer reports it in several pieces, divided by entities. */
  private run = '';
  private tagStart = 0;
  private tag = '';
  private readonly attributes = new Map<string, string>();
  /** Name and value of the attribute that is being read; an empty name: it is not needed. */
  private attribute = '';
  private value = '';
  private lowerCase: string | undefined;
  /** Where the next end tags of {@link embeddingElements} are. */
  private readonly nextEnds = new Map<string, number>();

  constructor(private readonly source: string) {
    // Plain text with some entities: its line ends are significant.
    if (!lineTag.test(source)) this.preformatted = 1;
  }

  get length(): number {
    return this.lines.length + this.run.length;
  }

  text(): string {
    this.endRun();
    return this.lines.text().slice(0, longestText);
  }

  ontext(start: number, end: number): void {
    this.write(this.source.slice(start, end));
  }

  ontextentity(codepoint: number): void {
    this.write(String.fromCodePoint(codepoint));
  }

  onopentagname(start: number, end: number): void {
    this.tagStart = start - 1;
    this.tag = this.source.slice(start, end).toLowerCase();
    this.attributes.clear();
  }

  onattribname(start: number, end: number): void {
    const name = this.source.slice(start, end).toLowerCase();
    this.attribute = readAttributes.has(name) ? name : '';
    this.value = '';
  }

  onattribdata(start: number, end: number): void {
    if (this.attribute !== '') this.value += this.source.slice(start, Math.min(end, start + longestAttribute));
  }

  onattribentity(codepoint: number): void {
    if (this.attribute !== '') this.value += String.fromCodePoint(codepoint);
  }

  onattribend(): void {
    // Of two attributes of one name HTML uses the first.
    if (this.attribute !== '' && !this.attributes.has(this.attribute)) {
      this.attributes.set(this.attribute, this.value.slice(0, longestAttribute).replaceAll(/\s+/g, ' '));
    }
  }

  onopentagend(end: number): void {
    const isMention = embeddingElements.has(this.tag) && !this.hasEnd(end);
    if (isMention && end > this.tagStart + this.tag.length + 1) return;
    if (isElement(this.tag) && !isMention) this.open(this.tag);
    else this.write(this.source.slice(this.tagStart, end + 1));
  }

  onselfclosingtag(end: number): void {
    if (!embeddingElements.has(this.tag)) this.onopentagend(end);
  }

  /** Whether its end tag follows, and no other start tag before. Each search begins where the last one ended: linear. */
  private hasEnd(from: number): boolean {
    const name = this.tag;
    this.lowerCase ??= this.source.toLowerCase();
    if ((this.nextEnds.get(name) ?? 0) < from) {
      const found = this.lowerCase.indexOf(`</${name}`, from);
      this.nextEnds.set(name, found < 0 ? Number.POSITIVE_INFINITY : found);
    }
    const end = this.nextEnds.get(name) ?? Number.POSITIVE_INFINITY;
    if (end === Number.POSITIVE_INFINITY) return false;
    const start = this.lowerCase.indexOf(`<${name}`, from);
    return start < 0 || start > end;
  }

  onclosetag(start: number, end: number): void {
    const name = this.source.slice(start, end).toLowerCase();
    if (isElement(name)) this.close(name);
    else this.write(`</${this.source.slice(start, end)}>`);
  }

  oncdata(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onend(): void {}
  onprocessinginstruction(): void {}

  private write(text: string): void {
    if (!this.isSkipping()) this.run += text;
  }

  private endRun(): void {
    if (this.run === '') return;
    if (this.preformatted + this.openPres > 0) this.lines.writeAsItIs(this.run);
    else this.lines.write(this.run);
    this.run = '';
  }

  private isSkipping(): boolean {
    const role = this.regions.at(-1)?.role;
    return role === 'hidden' || role === 'signature';
  }

  private open(name: string): void {
    this.endRun();
    // The start of a block ends an open paragraph without an end tag.
    if (this.regions.at(-1)?.element === 'p' && lineEndsAround.has(name)) this.leave(this.regions.length - 1);
    const within = this.regions.findLast(({ element }) => element === name);
    if (within !== undefined) within.depth++;
    if (this.isSkipping()) return;
    this.layOut(name);
    if (emptyElements.has(name) || this.regions.length === deepestRegions) return;
    const role = elementsWithoutText.has(name) ? 'hidden' : roleOf(name, this.attributes);
    if (role === undefined) return;
    this.regions.push({ element: name, role, depth: 0 });
    if (role === 'quotation') this.lines.quotations++;
    if (role === 'preformatted') this.preformatted++;
  }

  private layOut(name: string): void {
    switch (name) {
      case 'br':
        this.lines.breakLine();
        return;
      case 'td':
      case 'th':
        this.lines.beginCell();
        return;
      case 'tr':
        this.lines.beginRow();
        return;
      case 'p':
        // Outlook's paragraphs are lines.
        this.lines.endLine(/\bMso/.test(this.attributes.get('class') ?? '') ? 1 : 2);
        this.paragraphStart = this.lines.length;
        return;
      case 'li':
        this.lines.beginItem(this.nextMark());
        return;
      case 'ol':
      case 'ul':
        this.lines.endLine(this.lists.length === 0 ? 2 : 1);
        if (this.lists.length < deepestLists) this.lists.push(name === 'ol' ? this.firstNumber() - 1 : undefined);
        return;
      case 'pre':
        this.openPres++;
    }
    const ends = lineEndsAround.get(name);
    if (ends !== undefined) this.lines.endLine(ends);
  }

  private firstNumber(): number {
    const [start] = /^\d{1,6}$/.exec(this.attributes.get('start') ?? '') ?? [];
    return Number(start ?? 1);
  }

  private nextMark(): string {
    const number = this.lists.at(-1);
    if (number === undefined) return '- ';
    this.lists[this.lists.length - 1] = number + 1;
    return `${number + 1}. `;
  }

  private close(name: string): void {
    this.endRun();
    const index = this.regions.findLastIndex(({ element }) => element === name);
    const region = this.regions[index];
    if (region !== undefined && --region.depth < 0) this.leave(index);
    if (this.isSkipping()) return;
    if (name === 'pre' && this.openPres > 0) this.openPres--;
    if (name === 'ol' || name === 'ul') this.lists.pop();
    if (name === 'td' || name === 'th') this.lines.endCell();
    if (name === 'tr' || name === 'table') this.lines.endRow();
    this.endBlock(name);
  }

  private endBlock(name: string): void {
    const ends = lineEndsAround.get(name);
    if (ends === undefined) return;
    // An empty paragraph is a blank line.
    if (name === 'p' && this.lines.length === this.paragraphStart) this.lines.breakLine();
    else this.lines.endLine(name === 'p' || this.lists.length > 0 ? 1 : ends);
  }

  /** Closes a region, and the regions in it, whose end tags are missing. */
  private leave(index: number): void {
    for (const { role } of this.regions.splice(index)) {
      if (role === 'quotation') this.lines.quotations--;
      if (role === 'preformatted') this.preformatted--;
    }
  }
}
