export { cutTo } from './cut-list.js';
export {
  EnhancementError,
  type EnhancementErrorCode,
  type FailureClass,
  failureClasses,
  toEnhancementError,
} from './errors.js';
export { createHistorySource } from './history-source.js';
export { type Asset, createInventorySource } from './inventory-source.js';
export { type Article, createKnowledgeSource, withoutClosingMarks } from './knowledge-source.js';
export type { Citation, RenderedNote } from './note.js';
export type { PipelineObserver } from './observer.js';
export { type EnhancementResult, enhanceTicket, noteMarker, type PipelineDependencies } from './pipeline.js';
export type { Excerpt } from './excerpt.js';
export type {
  ContextSource,
  Desk,
  HistoryChanges,
  HistoryCursor,
  LanguageModel,
  ModelAnswer,
  ModelRequest,
  NoteOutcome,
  NotePublisher,
  NoteToPost,
  Publication,
  TicketHistory,
} from './ports.js';
export { type ResolvedTicket, resolvedTicketSchema, type Ticket } from './ticket.js';
export { until } from './until.js';
export {
  type ContextSourceName,
  type DeferralReason,
  deferralReasons,
  type PipelineStep,
  type SynthesisMode,
  synthesisModes,
  type WhenUnavailable,
} from './vocabulary.js';
