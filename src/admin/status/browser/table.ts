import { type Html, html } from './html.js';

export interface TableOptions<T> {
  readonly id: string;
  readonly caption: string;
  readonly rows: readonly T[];
  /** Identifies a row across updates. */
  readonly keyOf: (row: T) => string;
  /** Shown instead of rows if there are none. Default: `None.` */
  readonly empty?: string;
}

export interface Column<T> {
  readonly name: string;
  /** A heading names its row. Figures are aligned to the right. */
  readonly kind: 'heading' | 'text' | 'figure';
  readonly cell: (row: T) => Html | string;
}

export function heading<T>(name: string, cell: Column<T>['cell']): Column<T> {
  return { name, kind: 'heading', cell };
}

export function text<T>(name: string, cell: Column<T>['cell']): Column<T> {
  return { name, kind: 'text', cell };
}

export function figure<T>(name: string, cell: Column<T>['cell']): Column<T> {
  return { name, kind: 'figure', cell };
}

/**
 * On a narrow screen a row becomes a block, with the column's name before each cell. Browsers then no longer expose a table to
 * screen readers, so roles are set.
 */
export function table<T>(
  { id, caption, rows, keyOf, empty = 'None.' }: TableOptions<T>,
  columns: readonly Column<T>[],
): Html {
  const head = columns.map(
    (column) => html`<th role="columnheader" scope="col" class="${alignment(column)}">${column.name}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr role="row" data-key="${keyOf(row)}">${columns.map((column) =>
        column.kind === 'heading'
          ? html`<th role="rowheader" scope="row" class="text">${column.cell(row)}</th>`
          : html`<td role="cell" class="${alignment(column)}" data-column="${column.name}">${column.cell(row)}</td>`,
      )}</tr>`,
  );
  return html`<table id="${id}" role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">${rows.length > 0 ? body : html`<tr role="row" data-key="empty"><td role="cell" class="empty" colspan="${columns.length}">${empty}</td></tr>`}</tbody>
</table>`;
}

function alignment({ kind }: Column<never>): string {
  return kind === 'figure' ? 'number' : 'text';
}
