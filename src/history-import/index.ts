export { type ImportCounts, type ImportResult, importHistory, type LeftOutTicket } from './import-history.js';
