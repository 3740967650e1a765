export { type CitedSource, citedSource, outcomeOf } from './citations.js';
export { cutTo } from './cut-list.js';
export {
  EnhancementError,
  type EnhancementErrorCode,
  type FailureClass,
  failureClasses,
  toEnhancementError,
} from './errors.js';
export { createEngineHistorySource } from './engine-history-source.js';
export { createHistorySource } from './history-source.js';
export { createIndexBudget, type IndexBudget } from './index-budget.js';
export { indexFormat } from './index-format.js';
export type { Asset } from './asset.js';
export { createInventorySource } from './inventory-source.js';
export { type Article, createKnowledgeSource } from './knowledge-source.js';
export { type LenientValue, readLenientJson } from './lenient-json.js';
export { headingsOf, plainHeading } from './markup/headings.js';
export { type ModelProbe, probeModel } from './model-probe.js';
export { type Language, languages } from './note-words.js';
export { prepareLanguages } from './language.js';
export type { NotePreferences } from './preferences.js';
export type { Citation, RenderedNote } from './note.js';
export type { PipelineObserver } from './observer.js';
export { type EnhancementResult, enhanceTicket, isOurNote, noteMarker, type PipelineDependencies } from './pipeline.js';
export type { Excerpt } from './excerpt.js';
export type {
  ContextSource,
  Desk,
  DocumentCounts,
  EngineAnswer,
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
  type PipelineStep,
  type RefusedParameter,
  type RepairOutcome,
  type SynthesisMode,
  synthesisModes,
  type WhenUnavailable,
  type WrittenMode,
  writtenModes,
} from './vocabulary.js';
