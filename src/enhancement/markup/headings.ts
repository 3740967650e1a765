import { readMarkup } from './markdown.js';
import { inlinePlain } from './plain.js';

export interface Heading {
  /** In Markdown, without its marks. */
  readonly text: string;
  /** 1 to 6. */
  readonly level: number;
  /** Lines, counted from 0; `end` is the line behind it. */
  readonly start: number;
  readonly end: number;
}

const fence = /^ {0,3}(`{3,}|~{3,})/;
const withHashes = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/;
const underline = /^ {0,3}(?:(=+)|-{2,})[ \t]*$/;
/** A line that an underline makes a heading: no list, quote, table or indented code. */
const underlined = /^ {0,3}[^\s>|*+#-].*$/;

/** By its lines, as parsing every article would take seconds at the start. A `#` in code is none. */
export function headingsOf(lines: readonly string[]): Heading[] {
  const headings: Heading[] = [];
  let open: string | undefined;
  for (const [i, line] of lines.entries()) {
    const mark = fence.exec(line)?.[1];
    if (open !== undefined) {
      if (mark?.startsWith(open) === true && line.trim() === mark) open = undefined;
      continue;
    }
    if (mark !== undefined) {
      open = mark;
      continue;
    }
    const [, hashes, text = ''] = withHashes.exec(line) ?? [];
    const before = lines[i - 1] ?? '';
    const rule = underline.exec(line);
    if (hashes !== undefined) {
      headings.push({ text: withoutMarks(text), level: hashes.length, start: i, end: i + 1 });
    } else if (rule !== null && underlined.test(before) && !fence.test(before)) {
      headings.push({ text: withoutMarks(before), level: rule[1] === undefined ? 2 : 1, start: i - 1, end: i + 1 });
    }
  }
  return headings;
}

/** Hashes that a heading may end in, and the name that site generators give it: `{#reset}`. */
export function withoutMarks(heading: string): string {
  return heading
    .trim()
    .replace(/(?<!\S)#+$/, '')
    .trimEnd()
    .replace(/(?<!\S)\{[#.:][^{}]*\}$/, '')
    .trim();
}

const linked = /\[([^[\]]{0,500})\]\([^()]{0,500}\)/g;

/** As a reader sees a heading: without emphasis, the marks of code, and where its links lead. */
export function plainHeading(heading: string): string {
  const [block] = readMarkup(`# ${heading.replace(linked, '$1')}`, 'markdown');
  return block?.kind === 'heading' ? inlinePlain(block.children).replaceAll('`', '') : heading;
}
