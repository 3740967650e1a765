import type { Paint } from './terminal.js';

export type Align = 'left' | 'right';

export interface Column {
  readonly head: string;
  readonly align?: Align;
}

const gap = '  ';
const escape = String.fromCharCode(27);
const colourCodes = new RegExp(`${escape}\\[[0-9;]*m`, 'g');

/** Columns that a text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  return Array.from(text.replace(colourCodes, '')).length;
}

export function pad(text: string, width: number, align: Align = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + space : space + text;
}

/** What comes from a queue or a desk must not move the cursor or ring the bell. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, ' ');
}

/**
 * Lines of a table.
 *
 * @param columns of the terminal; the last column of the table is cut to fit. Undefined: nothing is cut.
 */
export function table(
  heads: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint,
  columns?: number,
): string[] {
  const widths = heads.map(({ head }, at) => Math.max(widthOf(head), ...rows.map((row) => widthOf(row[at] ?? ''))));
  const line = (cells: readonly string[]): string =>
    heads
      .map(({ align }, at) =>
        pad(cells[at] ?? '', at === heads.length - 1 && align !== 'right' ? 0 : (widths[at] ?? 0), align),
      )
      .join(gap);
  const head = paint('bold', line(heads.map(({ head }) => head)));
  return [head, ...rows.map(line)].map((text) => (columns === undefined ? text : cut(text, columns)));
}

/** Cuts a line to so many columns, and says so with an ellipsis. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let [shown, width] = ['', 0];
  for (const piece of text.split(new RegExp(`(${escape}\\[[0-9;]*m)`))) {
    if (piece.startsWith(escape)) {
      shown += piece; // also behind the cut: a colour that was begun must end
      continue;
    }
    for (const character of piece) {
      if (width < columns - 1) shown += character;
      width++;
    }
  }
  return `${shown}…`;
}

/** Breaks a line between words; what is longer than a line stays whole. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
