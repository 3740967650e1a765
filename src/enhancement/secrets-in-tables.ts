import { trimmed } from './trimmed.js';
import { namesAccount, type SecretKind, secretNamedBy } from './secret-names.js';
import { isSecret } from './secret-values.js';

/** Secrets in tables whose head or whose first cell names them. */

interface Cell {
  readonly start: number;
  readonly end: number;
}
type Row = Cell[];
interface Table {
  readonly rows: Row[];
  /** A delimiter row, such as `|---|---|`, follows the first row. */
  hasHead: boolean;
  /** Undefined: tags divide it. */
  readonly separator?: RegExp;
}

/** What divides the cells of a line, in this order. */
const separators = [/\t/g, / ?\|{1,2} ?/g, / {2,}/g, /;/g, /,/g] as const;
/** Those of sentences, too: they divide where the head is of words alone, and each row has as many cells. */
const ambiguous: readonly RegExp[] = separators.slice(3);
const delimiterRow = /^[\s|:]*-[-\s|:]*$/;
/** Marks around what a cell says. */
const around = new Set(' \t\r*_"\'`|');

export function withoutSecretCells(text: string, mask: string): string {
  const cells = [...htmlTables(text), ...lineTables(text)].flatMap((table) => secretCells(table, text));
  let clean = '';
  let at = 0;
  for (const { start, end } of cells.sort((one, other) => one.start - other.start)) {
    if (start < at) continue;
    clean += `${text.slice(at, start)}${mask}`;
    at = end;
  }
  return clean + text.slice(at);
}

function secretCells({ rows, hasHead }: Table, text: string): Cell[] {
  const isSecretCell = (cell: Cell, kind: SecretKind, isApart: boolean): boolean =>
    isSecret(text.slice(cell.start, cell.end), { kind, link: 'assigned', isApart });
  return rows.flatMap((row, r) =>
    row.slice(0, mostColumns).flatMap((cell, c) => {
      const kind = secretNamedBy(cellText(cell, text));
      if (kind === undefined) return [];
      const hasAccounts = row.some((one) => namesAccount(cellText(one, text)));
      const isHead = r === 0 && rows.length > 1 && (hasHead || row.length > 2 || hasAccounts);
      const below = r > 0 ? [] : rows.slice(1).flatMap((other) => other.slice(c, c + 1));
      const beside = isHead ? [] : row.slice(c + 1, c + 2);
      return [
        ...below.map((one) => valueIn(one, text)).filter((one) => isSecretCell(one, kind, isHead && hasAccounts)),
        // In a row of several fields the next cell may be the next field's name.
        ...beside.map((one) => valueIn(one, text)).filter((one) => isSecretCell(one, kind, row.length === 2)),
      ];
    }),
  );
}

/** Of a wider table the first ones are read. */
const mostColumns = 30;

const cellText = ({ start, end }: Cell, text: string): string => trimmed(text.slice(start, end), around);

/** What a cell says, without the marks and tags around it. Of several words none is a secret. */
function valueIn({ start, end }: Cell, text: string): Cell {
  const said = cellText({ start, end }, text).replace(/<[^<>]{0,100}>/g, '');
  const from = text.indexOf(said, start);
  return said === '' || /\s/.test(said) ? { start, end: start } : { start: from, end: from + said.length };
}

/** Lines one below the other that are divided in the same way. */
function lineTables(text: string): Table[] {
  const tables: Table[] = [];
  let open: Table | undefined;
  let start = 0;
  for (const line of text.split('\n')) {
    const cells = open?.separator === undefined ? [] : cellsOf(line, start, open.separator);
    if (open?.rows.length === 1 && delimiterRow.test(line)) open.hasHead = true;
    else if (open !== undefined && isRowOf(open, cells)) open.rows.push(cells);
    else {
      const separator = separators.find((one) => divides(one, line));
      open = separator && { rows: [cellsOf(line, start, separator)], hasHead: false, separator };
      if (open !== undefined) tables.push(open);
    }
    start += line.length + 1;
  }
  return tables;
}

function isRowOf({ rows, separator }: Table, cells: Row): boolean {
  return separator !== undefined && ambiguous.includes(separator) ? cells.length === rows[0]?.length : cells.length > 1;
}

function divides(separator: RegExp, line: string): boolean {
  if (line.search(separator) < 0) return false;
  const cells = cellsOf(line, 0, separator).map((cell) => cellText(cell, line));
  return cells.length > 1 && (!ambiguous.includes(separator) || cells.every((cell) => field.test(cell)));
}

/** `user_name`, `Mot de passe`. */
const field = /^[\p{L}\p{N}_.-]{1,30}(?: \p{Ll}{1,10}){0,2}$/u;

function cellsOf(line: string, offset: number, separator: RegExp): Cell[] {
  const cells: Cell[] = [];
  let start = 0;
  for (const { index, 0: found } of [...line.matchAll(separator), { index: line.length, 0: '' }]) {
    // The marks at the ends of a line enclose no cell.
    const isEdge = line.slice(start, index).trim() === '' && (start === 0 || index === line.length);
    if (!isEdge) cells.push({ start: offset + start, end: offset + index });
    start = index + found.length;
  }
  return cells;
}

function htmlTables(text: string): Table[] {
  const tables: Table[] = [];
  let start: number | undefined;
  for (const { index, 0: tag, groups } of text.matchAll(/<(?<end>\/?)(?<name>table|tr|t[dh])\b[^<>]{0,200}>/gi)) {
    const name = groups?.['name']?.toLowerCase();
    const rows = tables.at(-1)?.rows;
    if (start !== undefined) rows?.at(-1)?.push({ start, end: index });
    start = groups?.['end'] === '' && (name === 'td' || name === 'th') ? index + tag.length : undefined;
    if (groups?.['end'] === '' && name === 'table') tables.push({ rows: [], hasHead: false });
    if (groups?.['end'] === '' && name === 'tr') rows?.push([]);
  }
  return tables;
}
