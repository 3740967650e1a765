import type { Cluster, Redis } from 'ioredis';
import { createWaitBudget } from '../timing/wait-budget.js';
import { saysNoAnswer, wordsOf } from './redis-errors.js';

type RedisClient = Redis | Cluster;

/** Waits for a connection: for the first one, and between its loss and its return. */

/**
 * Time in which a connection is ready again that was lost although its server is there, for example when a proxy restarts or an
 * operator kills it: the second attempt has ended by then. Milliseconds.
 */
const soonMs = 300;

/** For each connection that is lost: resolves when it is ready again, or {@link soonMs} after its loss. */
const returns = new WeakMap<RedisClient, Promise<void>>();

/** For each connection whose loss a command has reported: resolves when its end is reported, too. */
const losses = new WeakMap<RedisClient, Promise<void>>();

/** Resolves when the connection is ready, or after this time, milliseconds. */
export async function readyWithin(redis: RedisClient, withinMs: number): Promise<void> {
  if (redis.status !== 'ready') await eventWithin(redis, 'ready', withinMs);
}

/** Longest wait for a Redis that is silent. Milliseconds. */
const silentMs = 5000;

/**
 * Resolves when the connection is ready, or when Redis has refused it for this time, milliseconds. One that is silent is waited for
 * longer: it may be well, and this process too busy to connect in time or to read the reply.
 */
export async function readyOrUnavailable(redis: RedisClient, unavailableMs: number): Promise<void> {
  await readyWithin(redis, unavailableMs);
  const isAttempting = redis.status === 'connecting' || redis.status === 'connect';
  if (isAttempting || saysNoAnswer(wordsOf(redis))) await readyWithin(redis, silentMs - unavailableMs);
}

/** To be called once for each connection on which {@link reconnected} is asked. */
export function noteLosses(client: RedisClient): void {
  client.on('ready', () => returns.delete(client));
  client.on('close', () => {
    if (!returns.has(client)) returns.set(client, eventWithin(client, 'ready', soonMs));
  });
}

/**
 * Waits for a connection that was lost a moment ago, so that no webhook is refused meanwhile: some desks do not repeat them.
 *
 * @param isFoundLost a command has failed because the connection is lost, perhaps before the connection's end is reported
 * @returns whether the connection is ready. Resolves at once if it is, and if it was lost longer ago
 */
export async function reconnected(redis: RedisClient, isFoundLost = false): Promise<boolean> {
  if (isFoundLost && redis.status === 'ready') {
    const loss = losses.get(redis) ?? eventWithin(redis, 'close', soonMs).finally(() => losses.delete(redis));
    losses.set(redis, loss);
    await loss;
  }
  if (redis.status !== 'ready') await returns.get(redis);
  return redis.status === 'ready';
}

/**
 * Resolves at the event, or after this time, milliseconds. Unlike `once` of node:events it does not reject at an error.
 */
async function eventWithin(client: RedisClient, event: 'ready' | 'close', withinMs: number): Promise<void> {
  let end: () => void = () => undefined;
  const happened = new Promise<void>((resolve) => {
    end = resolve;
  });
  client.on(event, end);
  await createWaitBudget(withinMs)
    .within(happened)
    .catch(() => undefined);
  client.off(event, end);
}
