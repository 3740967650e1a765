export { decodeAs } from './character-sets.js';
export { withoutEmbeddedData } from './embedded-data.js';
export { isRfc3339, momentOf } from './moment.js';
export { type Priority, priorities } from './priority.js';
export {
  type NewTicket,
  type NewTicketReading,
  type Reading,
  readNewTicket,
  readSolvedTicket,
  type TicketReading,
} from './ticket-reader.js';
export { ticketIdPattern } from './ticket-id.js';
