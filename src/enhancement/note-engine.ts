/** Searches the context and writes notes: loaded only where that is done, because it has most modules of this folder. */

export { createEngineHistorySource } from './engine-history-source.js';
export { createHistorySource } from './history-source.js';
export { indexFormat } from './index-format.js';
export { createInventorySource } from './inventory-source.js';
export { type Article, createKnowledgeSource } from './knowledge-source.js';
export { prepareLanguages } from './language.js';
export { headingsOf, plainHeading } from './markup/headings.js';
export { type ModelProbe, probeModel } from './model-probe.js';
export { type EnhancementResult, enhanceTicket } from './pipeline.js';
