/** What other folders use of notes and their errors. What searches and writes is in note-engine.ts, which loads far more. */

export { type CitedSource, citedSource, outcomeOf } from './citations.js';
export { cutTo } from './cut-list.js';
export { EnhancementError, type EnhancementErrorCode, failureClasses, toEnhancementError } from './errors.js';
export { createIndexBudget } from './index-budget.js';
export type { Asset } from './asset.js';
export { type LenientValue, readLenientJson } from './lenient-json.js';
export type { NotePreferences } from './preferences.js';
export type { PipelineObserver } from './observer.js';
export { isOurNote, noteMarker } from './note-marker.js';
export type { Excerpt } from './excerpt.js';
export type {
  ContextSource,
  Desk,
  DocumentCounts,
  EngineQuestion,
  HistoryChanges,
  HistoryCursor,
  HistoryEngine,
  IndexedTicket,
  LanguageModel,
  LoadDocuments,
  ModelAnswer,
  ModelRequest,
  NoteOutcome,
  NotePublisher,
  NoteToPost,
  Publication,
  TicketHistory,
} from './ports.js';
export type { Bytes } from './segments/bytes.js';
export { openSegment, type Segment } from './segments/segment.js';
export type { IndexState, PartWriter, SegmentStore, StoreClaim, StoredIndex } from './segments/segment-store.js';
export type { StoredPart } from './segments/segmented-documents.js';
export { createSlotSet } from './segments/slot-set.js';
export { type ResolvedTicket, resolvedTicketSchema, type Ticket } from './ticket.js';
export { createLoopTurns } from './loop-turns.js';
export { beginningOf, type Bounded, boundedAsset, boundedTicket, longestArticle } from './text-bounds.js';
export { estimateTokens } from './token-estimate.js';
export { until } from './until.js';
export {
  type CitationOutcome,
  contextSources,
  type ContextSourceName,
  type DeferralReason,
  deferralReasons,
  type RefusedParameter,
  writtenModes,
} from './vocabulary.js';
