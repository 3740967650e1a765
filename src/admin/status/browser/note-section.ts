import type { Status } from '../../../primary/status.js';
import { moment, unread } from './format.js';
import { type Html, html, unbroken } from './html.js';
import { heading, table, text } from './table.js';

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
      rows: latestNotes,
      keyOf: ({ tenantId, ticketId, createdAt }) => `${tenantId} ${ticketId} ${createdAt}`,
      empty: queue === null ? unread : 'No note has been written yet.',
    },
    [
      heading(
        'Ticket',
        ({ tenantId, ticketId }) =>
          html`<a href="desk/${encodeURIComponent(tenantId)}/tickets/${encodeURIComponent(ticketId)}">${ticketId}</a>`,
      ),
      text('Tenant', ({ tenantId }) => unbroken(tenantId)),
      text('Subject', ({ subject }) => (subject === '' ? html`<span class="quiet">no subject</span>` : subject)),
      text('Made by', ({ mode }) => unbroken(mode)),
      text('Written at (UTC)', ({ createdAt }) => moment(createdAt)),
      text('Correlation id', ({ correlationId }) => html`<code>${correlationId}</code>`),
    ],
  )}
</section>`;
}
