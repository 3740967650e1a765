/** Preloaded: as long as the file END_THREAD is there, a thread ends at its first message, as when its heap is full. */
import { existsSync } from 'node:fs';
import { isMainThread, parentPort } from 'node:worker_threads';

const file = process.env['END_THREAD'] ?? '';
if (!isMainThread && file !== '' && existsSync(file)) parentPort?.on('message', () => process.exit(1));
