import type { RedisClient } from './connection.js';
import { QueueUnavailableError } from './queue-unavailable.js';
import { reconnected } from './reconnection.js';
import { createWaitBudget } from '../timing/wait-budget.js';
import { isCommandTimeout, isLossOfConnection, wordsOf } from './redis-errors.js';

export interface FailFastOptions {
  /**
   * The task may run several times. It is repeated if its connection is lost meanwhile and is ready again at once, and if a command
   * timed out while this process was blocked or not scheduled: its reply may have arrived. Default: false.
   */
  readonly repeatable?: boolean;
}

/** Of a repeatable task. */
const mostTries = 3;

/** A timeout counts as Redis' silence only if this process ran for at least so long meanwhile. Milliseconds. */
const leastRunningMs = 500;

/**
 * Runs a task for a caller that cannot wait, except for a connection that was lost a moment ago.
 *
 * @param redis a fail-fast connection
 * @param task with `isRepeat` it may have run before, without a reply
 * @throws {QueueUnavailableError} without a connection, and when the task fails; with the message of Redis
 */
export async function failFast<T>(
  redis: RedisClient,
  task: (isRepeat: boolean) => Promise<T>,
  { repeatable = false }: FailFastOptions = {},
): Promise<T> {
  if (!(await reconnected(redis))) throw new QueueUnavailableError(wordsOf(redis), false);
  for (let tries = 1; ; tries++) {
    const waited = createWaitBudget();
    try {
      return await waited.within(task(tries > 1));
    } catch (error) {
      const mayRepeat = repeatable && tries < mostTries;
      const isUnheard = isCommandTimeout(error) && waited.usedMs < leastRunningMs;
      if (mayRepeat && (isUnheard || (isLossOfConnection(error) && (await reconnected(redis, true))))) continue;
      throw new QueueUnavailableError(wordsOf(redis, error), true, { cause: error });
    }
  }
}
