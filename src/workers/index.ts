export type { JobLeases } from './leases.js';
export { createEnhancementWorker, type EnhancementWorker, type EnhancementWorkerOptions } from './worker.js';
