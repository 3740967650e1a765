export { type CitedNotes, createCitedNotes } from './cited-notes.js';
export { type LeftOut, leftOutInWords, type ReadContext } from './context-documents.js';
export { readHistory, readKnowledge } from './context-files.js';
export { type IndexFolder, openIndexFolder } from './index-store/index-folder.js';
export { createImportPlaces, type ImportPlace, type ImportPlaces } from './import-place.js';
export { readInventory } from './inventory-file.js';
export { readInventoryApart } from './inventory-reader.js';
export { type DeskBreakerOptions, type GuardedDesk, withBreaker } from './desk-breaker.js';
export {
  createLocalDesk,
  type LatestNote,
  type LocalDesk,
  type LocalNote,
  type LocalTicket,
  localTicketSchema,
} from './desks/local/local-desk.js';
export { type ChatCompletionsOptions, createChatCompletions } from './models/chat-completions.js';
export { type Dialect, describeDialect } from './models/dialect.js';
export { createLocalDialectMemory, createRedisDialectMemory, type DialectMemory } from './models/dialect-memory.js';
export { listModels } from './models/model-list.js';
export { createNotePublisher } from './note-ledger.js';
export { type ProxyFor, type ProxySettings, proxyRule } from './proxy.js';
export { createRedisNoteStore } from './redis-note-store.js';
export { storeUnavailable } from './redis-script.js';
export type { EngineAddress } from './search-engine/engine-http.js';
export { createSearchEngine } from './search-engine/search-engine.js';
export { createTicketHistory, type HistoryImports, historyBounds, type ImportOutcome } from './ticket-history.js';
