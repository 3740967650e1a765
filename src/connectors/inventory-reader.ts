import { on } from 'node:events';
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { type Asset, EnhancementError } from '../enhancement/index.js';
import { type LeftOut, readable, type UseDocument, withinMemory } from './context-documents.js';
import { assetSchema, readInventory } from './inventory-file.js';

/** A file of this size is parsed within 50 ms; one at the limit takes seconds. */
const largestAtOnceBytes = 32 * 1024;
/** Heap limit of the thread that parses, separate from that of this process. */
const threadHeapMb = 512;

/** From the thread. */
export type InventoryMessage =
  | { readonly type: 'assets'; readonly assets: readonly Asset[] }
  | { readonly type: 'end'; readonly leftOut: LeftOut }
  | { readonly type: 'unreadable'; readonly message: string };

const messageSchema: z.ZodType<InventoryMessage> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('assets'), assets: z.array(assetSchema) }),
  z.object({
    type: z.literal('end'),
    leftOut: z.object({
      named: z.array(z.object({ what: z.string(), why: z.string() })),
      skipped: z.number(),
      truncated: z.number(),
    }),
  }),
  z.object({ type: z.literal('unreadable'), message: z.string() }),
]);

/**
 * As `readInventory`, without blocking the event loop: a large file is parsed in a thread.
 *
 * @throws {EnhancementError} `SOURCE_UNREADABLE`
 */
export async function readInventoryApart(file: string, use: UseDocument<Asset>): Promise<LeftOut> {
  const { size } = await readable(file, () => stat(file));
  if (size <= largestAtOnceBytes) return readInventory(file, use);
  return withinMemory(file, () => readInThread(file, use));
}

async function readInThread(file: string, use: UseDocument<Asset>): Promise<LeftOut> {
  const thread = new Worker(new URL('./inventory-thread.js', import.meta.url), {
    workerData: file,
    resourceLimits: { maxOldGenerationSizeMb: threadHeapMb },
  });
  thread.unref();
  const messages = on(thread, 'message', { close: ['exit'] });
  // Requested one by one, because a turn of the event loop processes all messages that have arrived.
  const ask = async (): Promise<InventoryMessage> => {
    thread.postMessage('next');
    // Rejects with the error of a thread that exceeds its memory limit.
    const { value, done } = await readable(file, () => messages.next());
    if (done)
      throw new EnhancementError(
        'SOURCE_UNREADABLE',
        `${file} cannot be used: the thread that reads it ended. Make the file smaller.`,
      );
    return messageSchema.parse(value[0]);
  };
  try {
    for (;;) {
      const message = await ask();
      switch (message.type) {
        case 'assets':
          for (const asset of message.assets) await use(asset);
          break;
        case 'end':
          return message.leftOut;
        case 'unreadable':
          throw new EnhancementError('SOURCE_UNREADABLE', message.message);
      }
    }
  } finally {
    await thread.terminate();
  }
}
