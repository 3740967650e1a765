import type { Paint } from './terminal.js';

export type Align = 'left' | 'right';

export interface Column<Row> {
  readonly head: string;
  /** Default: left. */
  readonly align?: Align;
  readonly cell: (row: Row) => string;
}

const gap = '  ';
const escape = String.fromCharCode(27);
const colourCodes = new RegExp(`${escape}\\[[0-9;]*m`, 'g');

/** The width of a text on a terminal, without its colour codes. */
export function widthOf(text: string): number {
  return Array.from(text.replace(colourCodes, '')).length;
}

export function pad(text: string, width: number, align: Align = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + space : space + text;
}

/** Text from a queue or a desk, without characters that move the cursor, ring the bell or turn the direction of text. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, ' ');
}

/**
 * Lines of a table.
 *
 * @param width of the terminal, to which lines are cut. Undefined: nothing is cut.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paint: Paint,
  width?: number,
): string[] {
  const cells = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ''))));
  return cells.map((row, at) => {
    const padded = columns.map(({ align }, column) => pad(row[column] ?? '', widths[column] ?? 0, align));
    const line = padded.join(gap).trimEnd();
    const painted = at === 0 ? paint('bold', line) : line;
    return width === undefined ? painted : cut(painted, width);
  });
}

/** Cuts a line to a width, and marks the cut with an ellipsis. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let [shown, width] = ['', 0];
  for (const piece of text.split(new RegExp(`(${escape}\\[[0-9;]*m)`))) {
    if (piece.startsWith(escape)) {
      shown += piece; // also after the cut, so that colours end
      continue;
    }
    for (const character of piece) {
      if (width < columns - 1) shown += character;
      width++;
    }
  }
  return `${shown}…`;
}

/** Breaks a line between words; a longer word is not broken. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
