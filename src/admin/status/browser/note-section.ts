import type { Status } from '../../../primary/status.js';
import { moment, unread } from './format.js';
import { type Html, html, unbroken } from './html.js';
import { table } from './table.js';

/** Undefined: no tenant uses the local desk. */
export function noteSection({ latestNotes, queue }: Status): Html | undefined {
  if (latestNotes === null) return undefined;
  return html`
<section aria-labelledby="notes">
  <h2 id="notes">Latest notes of the local desk</h2>
  ${table(
    {
      id: 'latest-notes',
      caption: 'Notes, latest first',
      columns: ['Ticket', 'Tenant', 'Subject', 'Made by', 'Written at (UTC)', 'Correlation id'],
    },
    latestNotes.map((note) => ({
      key: note.correlationId,
      cells: [
        html`<a href="desk/${encodeURIComponent(note.tenantId)}/tickets/${encodeURIComponent(note.ticketId)}">${note.ticketId}</a>`,
        unbroken(note.tenantId),
        note.subject === '' ? html`<span class="quiet">no subject</span>` : note.subject,
        unbroken(note.mode),
        moment(note.createdAt),
        html`<code>${note.correlationId}</code>`,
      ],
    })),
    { empty: queue === null ? unread : 'No note has been written yet.', text: [0, 1, 2, 3, 4, 5], heading: true },
  )}
</section>`;
}
