export { type ContextHost, startContextThread } from './context/context-host.js';
export { type ContextEvents, createContextSources } from './context/context-sources.js';
export type { JobLeases } from './job-leases.js';
export { createEnhancementWorker, type EnhancementWorker, type EnhancementWorkerOptions } from './worker.js';
