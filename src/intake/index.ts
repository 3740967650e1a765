export { decodeAs } from './character-sets.js';
export { isRfc3339, momentOf } from './moment.js';
export { type Priority, priorities, priorityKey, type PriorityTable } from './priority.js';
export {
  type Fields,
  type FieldProblem,
  type NewTicket,
  readNewTicket,
  readSolvedTicket,
  type SolvedTicket,
  type TicketReading,
} from './ticket-reader.js';
export { ticketIdPattern } from './ticket-id.js';
