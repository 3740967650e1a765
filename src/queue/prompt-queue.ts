import { Queue, type Telemetry } from 'bullmq';
import { keyPrefix, promptConnection, type RedisClient, readyWithin } from './connection.js';
import { QueueUnavailableError } from './errors.js';
import { queueName } from './job.js';
import { wordsOf } from './redis-words.js';
import { withoutVersionCheck } from './server-version.js';

/** The queue for somebody who cannot wait: an answer or an error, within about a second. */
export interface PromptQueue {
  /** @throws {QueueUnavailableError} when Redis is away, frozen, full or read-only; with what Redis said */
  use<T>(task: (queue: Queue, redis: RedisClient) => Promise<T>): Promise<T>;
  /** Resolves when it can be used, or when it has not become so in this time, milliseconds. */
  ready(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** @param telemetry BullMQ's hook for traces */
export function openPromptQueue(redisUrl: string, telemetry?: Telemetry): PromptQueue {
  const redis = promptConnection(redisUrl);
  let queue: Queue | undefined;
  // Made when Redis is there for the first time: BullMQ prepares a queue once, and never again if that fails.
  redis.on('ready', () => {
    if (queue !== undefined) return;
    queue = new Queue(queueName, {
      prefix: keyPrefix(redis),
      connection: redis,
      ...withoutVersionCheck,
      skipWaitingForReady: true,
      ...(telemetry === undefined ? {} : { telemetry }),
    });
    queue.on('error', () => undefined); // each use fails by itself
  });
  return {
    async use(task) {
      if (queue === undefined || redis.status !== 'ready') {
        throw new QueueUnavailableError(wordsOf(redis), false);
      }
      try {
        return await task(queue, redis);
      } catch (error) {
        throw new QueueUnavailableError(wordsOf(redis, error), true, { cause: error });
      }
    },
    ready: (withinMs) => readyWithin(redis, withinMs),
    async close() {
      await queue?.close();
      redis.disconnect();
    },
  };
}
