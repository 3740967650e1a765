import type { Document } from './ranking.js';
import type { DocumentForm } from './retrieval.js';
import { boundedTicket } from './text-bounds.js';
import { type ResolvedTicket, resolvedTicketSchema } from './ticket.js';

export interface HistoryDocument extends Document {
  readonly ticket: ResolvedTicket;
}

/** What is searched of a resolved ticket. */
export function toTicketDocument(resolved: ResolvedTicket): HistoryDocument {
  // What is in the store was bounded by another release, perhaps with other limits.
  return documentOf(boundedTicket(resolved).value);
}

function documentOf(ticket: ResolvedTicket): HistoryDocument {
  const { ticketId, subject, description, resolution, tags } = ticket;
  return {
    id: ticketId,
    title: subject,
    text: `${description}\n${resolution}`,
    extra: tags.join(' '),
    ticket,
  };
}

/** The rest of a document is made of its ticket. */
export const historyForm: DocumentForm<HistoryDocument> = {
  write: ({ ticket }) => JSON.stringify(ticket),
  read: (text) => documentOf(resolvedTicketSchema.parse(JSON.parse(text))),
};
