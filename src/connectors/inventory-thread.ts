import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import type { Asset } from '../enhancement/index.js';
import { messageOf } from '../logging/describe-error.js';
import { readInventory } from './inventory-file.js';
import type { InventoryMessage } from './inventory-reader.js';

/** The thread of inventory-reader.ts: parses the file, and sends one part of it for each request. */

/** Entries of one message: few enough not to block the event loop of the reader. */
const assetsPerMessage = 250;

const assets: Asset[] = [];
let end: InventoryMessage;
try {
  end = { type: 'end', leftOut: await readInventory(z.string().parse(workerData), (asset) => void assets.push(asset)) };
} catch (error) {
  end = { type: 'unreadable', message: messageOf(error) };
}
let next = 0;
parentPort?.on('message', () => {
  const part = assets.slice(next, (next += assetsPerMessage));
  const message: InventoryMessage = part.length > 0 ? { type: 'assets', assets: part } : end;
  parentPort?.postMessage(message);
});
