import type { Cluster, Redis } from 'ioredis';

type RedisClient = Redis | Cluster;

/** The time between the loss of a connection and its return. */

/**
 * Time in which a connection is ready again that was lost although its server is there, for example when a proxy restarts or an
 * operator kills it: the second attempt has ended by then. Milliseconds.
 */
const soonMs = 300;

/** For each connection that is lost: resolves when it is ready again, or {@link soonMs} after its loss. */
const returns = new WeakMap<RedisClient, Promise<void>>();

/** For each connection whose loss a command has reported: resolves when its end is reported, too. */
const losses = new WeakMap<RedisClient, Promise<void>>();

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

/** Resolves at the event, or after this time, milliseconds. Unlike `once` of node:events it does not reject at an error. */
function eventWithin(client: RedisClient, event: 'ready' | 'close', withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      client.off(event, end);
      resolve();
    };
    const timer = setTimeout(end, withinMs).unref();
    client.on(event, end);
  });
}
