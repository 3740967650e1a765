import { type Html, html } from './html.js';

export interface Row {
  /** Identifies the row across updates. */
  readonly key: string;
  readonly cells: readonly (Html | string)[];
}

export interface TableHead {
  readonly id: string;
  readonly caption: string;
  /** Their names. */
  readonly columns: readonly string[];
}

export interface TableOptions {
  /** Shown instead of a table without rows. */
  readonly empty?: string;
  /** Columns with text; the others have figures, aligned to the right. Default: none */
  readonly text?: readonly number[];
  /** The first cell names its row. Default: false */
  readonly heading?: boolean;
}

/**
 * On a narrow screen a row becomes a block, with the column's name before each cell. Browsers then no longer expose a table to
 * screen readers, so roles are set.
 */
export function table(
  { id, caption, columns }: TableHead,
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
