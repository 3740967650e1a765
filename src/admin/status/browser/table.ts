import { type Html, html } from './html.js';

export interface Row {
  /** By which the script finds the row again when others come before it. */
  readonly key: string;
  readonly cells: readonly (Html | string)[];
}

export interface TableOptions {
  /** Said instead of a table without rows. */
  readonly empty?: string;
  /** Columns that hold text; the others hold figures, which stand under one another. Default: none */
  readonly text?: readonly number[];
  /** The first cell names its row. Default: false */
  readonly heading?: boolean;
}

/**
 * On a narrow screen a row becomes a block, each cell under its column's name. Browsers then no longer see a table in it,
 * so the roles are said.
 */
export function table(
  id: string,
  caption: string,
  columns: readonly string[],
  rows: readonly Row[],
  { empty = 'None.', text = [], heading = false }: TableOptions = {},
): Html {
  const kind = (column: number): string => (text.includes(column) ? 'text' : 'number');
  const body = rows.map(
    ({ key, cells }) =>
      html`<tr role="row" data-key="${key}">${cells.map((cell, i) =>
        heading && i === 0
          ? html`<th role="rowheader" scope="row" class="${kind(i)}">${cell}</th>`
          : html`<td role="cell" class="${kind(i)}" data-column="${columns[i]}">${cell}</td>`,
      )}</tr>`,
  );
  const head = columns.map((name, i) => html`<th role="columnheader" scope="col" class="${kind(i)}">${name}</th>`);
  return html`<table id="${id}" role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">${rows.length > 0 ? body : html`<tr role="row" data-key="empty"><td role="cell" class="empty" colspan="${columns.length}">${empty}</td></tr>`}</tbody>
</table>`;
}
