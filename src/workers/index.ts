export type { JobLeases } from './job-leases.js';
export { createEnhancementWorker, type EnhancementWorker, type EnhancementWorkerOptions } from './worker.js';
