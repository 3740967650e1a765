import { once } from 'node:events';
import { isIP } from 'node:net';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl, type RedisAddress, type RedisCredentials } from '../config/redis-url.js';
import { messageOf } from '../logging/describe-error.js';
import { watchConnection } from './connection-watch.js';
import { whyEmbeddedEnded } from './embedded/redis-log.js';
import { queueKey } from './keys.js';
import { connectionStands, keepWords } from './redis-words.js';

/** One Redis, or a Redis Cluster. */
export type RedisClient = Redis | Cluster;

/** Without the options whose declarations contradict each other in one node and in a cluster. */
type Options = Omit<RedisOptions, 'replyMapping' | 'himportFieldsets' | 'retryStrategy'>;

/** Milliseconds until the next attempt to reconnect: at once, then growing, and never so long that a return is missed. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 8), 500);
}

/**
 * Replies of a server that is the wrong one or not ready: a primary that was demoted, a replica, one that reads its data in,
 * one without its replicas or its cluster, one that was given a password. The address may lead to another server by now.
 * Out of memory (OOM), a full disk (MISCONF) and a missing permission (NOPERM) are the same after a reconnection.
 */
const wrongServer =
  /(?:^|: -)(?:READONLY|UNBLOCKED|LOADING|MASTERDOWN|NOMASTERLINK|CLUSTERDOWN|NOREPLICAS|NOAUTH|WRONGPASS)\b/;

const noSuchDatabase = /DB index is out of range|invalid DB index|SELECT is not allowed/;

/** While no other server is there yet, each of many commands would reconnect. Milliseconds. */
const reconnectEveryMs = 200;

/** Also inside the error of a script, which older servers put before the reply of the command in it. */
function reconnectToRightServer(onWords: (error: Error) => void, onReconnect: () => void): (error: Error) => boolean {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (!wrongServer.test(error.message)) return false;
    onWords(error);
    const nowMs = performance.now();
    if (nowMs - lastMs < reconnectEveryMs) return false;
    lastMs = nowMs;
    onReconnect();
    return true;
  };
}

/**
 * Keeps why a server refuses connections from other machines. ioredis takes the words, which are the reply to the first command
 * of the connection, for those about a needless password, and drops them.
 */
function keepDenial(client: Redis): void {
  client.on('connect', () => {
    client.stream.once('data', (data: Buffer) => {
      const [, denial] = /^-(DENIED [^\r\n]+)/.exec(data.toString()) ?? [];
      if (denial !== undefined) keepWords(client, new Error(denial));
    });
  });
}

function credentialsOf({ username, password }: RedisCredentials): RedisCredentials {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

function connectCluster(
  address: Extract<RedisAddress, { kind: 'cluster' }>,
  { enableOfflineQueue, enableAutoPipelining, autoPipeliningIgnoredCommands, ...node }: Options,
): Cluster {
  const { nodes, tls, family } = address;
  return new Cluster([...nodes], {
    clusterRetryStrategy: reconnectDelayMs,
    // A name as it is: ioredis would connect to its address, which a certificate of the name does not cover.
    dnsLookup: (name, callback) => callback(null, name),
    redisOptions: { ...node, ...credentialsOf(address), family, ...(tls ? { tls: {} } : {}) },
    ...(enableOfflineQueue === undefined ? {} : { enableOfflineQueue }),
    ...(enableAutoPipelining === undefined ? {} : { enableAutoPipelining }),
    ...(autoPipeliningIgnoredCommands === undefined ? {} : { autoPipeliningIgnoredCommands }),
  });
}

function connectNode(address: Exclude<RedisAddress, { kind: 'cluster' }>, given: Options): Redis {
  const options = { retryStrategy: reconnectDelayMs, db: address.db, ...given };
  switch (address.kind) {
    case 'socket':
      return new Redis({ path: address.path, ...options });
    case 'server': {
      const { host, port, family, tls } = address;
      // Neither ioredis nor Node names the server by itself, and a proxy that routes by this name (SNI) closes the connection.
      const named = isIP(host) === 0 ? { servername: host } : {};
      return new Redis({ host, port, family, ...credentialsOf(address), ...(tls ? { tls: named } : {}), ...options });
    }
    case 'sentinel': {
      const { sentinels, name, family, tls, sentinelPassword } = address;
      return new Redis({
        sentinels: [...sentinels],
        name,
        family,
        ...credentialsOf(address),
        ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
        sentinelCommandTimeout: 1000,
        sentinelRetryStrategy: reconnectDelayMs,
        ...(tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
        ...options,
      });
    }
  }
}

/** Where a `REDIS_URL` leads: a host and port, the path of a unix socket, a cluster, or the primary of some sentinels. */
function connect(redisUrl: string, options: Options, checkEveryMs: number): RedisClient {
  const address = parseRedisUrl(redisUrl);
  const all: Options = {
    // 50 ms for the last bytes of a connection that is dropped.
    disconnectTimeout: 50,
    // INFO, which the check asks, may be forbidden. A server that reads its data in says LOADING to the first command.
    enableReadyCheck: false,
    reconnectOnError: reconnectToRightServer(
      (error) => keepWords(client, error),
      () => watch.doubt(),
    ),
    ...options,
  };
  const client: RedisClient = address.kind === 'cluster' ? connectCluster(address, all) : connectNode(address, all);
  client.on('ready', () => connectionStands(client));
  noteLosses(client);
  if (client instanceof Redis) keepDenial(client);
  // Without a listener ioredis prints to the console. Callers see their own commands fail.
  client.on('error', (error: unknown) => {
    // ioredis would stay connected, to database 0.
    if (noSuchDatabase.test(messageOf(error))) client.disconnect(true);
    const why = address.kind === 'socket' ? whyEmbeddedEnded(address.path) : undefined;
    keepWords(client, why === undefined ? error : `${messageOf(error)}: ${why}`);
  });
  client.on('node error', (error: unknown) => keepWords(client, error));
  client.on('sentinelError', (error: unknown) => {
    // An answer of null: "got an invalid reply" of ioredis hides what it means.
    const known = address.kind !== 'sentinel' || !messageOf(error).endsWith('invalid reply: null');
    keepWords(client, known ? error : `its sentinels know no primary of the name ${address.name}`);
  });
  const key = queueKey(client, 'connection-check');
  const watch = watchConnection(client, { address: redisUrl, key, everyMs: checkEveryMs });
  return client;
}

/**
 * For a caller that cannot wait: a command fails within a second when Redis is frozen, and at once when it is
 * away. Nothing is queued up or sent again behind the caller's back, for the caller has been told that it failed.
 */
export function failFastConnection(redisUrl: string): RedisClient {
  const options: Options = {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1000,
    connectTimeout: 1000,
    autoResendUnfulfilledCommands: false,
    // Commands of one turn of the event loop go out in one write, and so are answered after one sync of Redis' disk.
    enableAutoPipelining: true,
    autoPipeliningIgnoredCommands: ['del'], // of the check of the connection, which cannot wait for the end of the turn
  };
  // Not ioredis' socketTimeout: after this process stood still, that drops a connection whose answer waits to be read.
  return connect(redisUrl, options, 500);
}

/**
 * A connection that ends although its server is there, when a proxy restarts or an operator has it killed, stands again within
 * this time of its loss: the second attempt is over by then. Milliseconds.
 */
const soonMs = 300;

/** Of each connection that does not stand: resolves when it stands again, or so long after it was lost. */
const returns = new WeakMap<RedisClient, Promise<void>>();

/** Of each connection that a command has found lost: resolves when it is known to be. */
const losses = new WeakMap<RedisClient, Promise<void>>();

function noteLosses(client: RedisClient): void {
  client.on('ready', () => returns.delete(client));
  client.on('close', () => {
    if (!returns.has(client)) returns.set(client, eventWithin(client, 'ready', soonMs));
  });
}

/**
 * Waits for a connection that was lost a moment ago: of a desk that does not repeat its webhooks, each that comes meanwhile would
 * be lost.
 *
 * @param isFoundLost by a command, which may be told before the connection's end is
 * @returns whether it stands. Resolves at once when it does, and when it was lost longer ago
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

/** Resolves when the event comes, or after this time, milliseconds. Unlike `once` of node:events it does not end with an error. */
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

/** Resolves when the connection stands, or when it has not come about in this time, milliseconds. */
export async function readyWithin(redis: RedisClient, withinMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await once(redis, 'ready', { signal: AbortSignal.timeout(withinMs) }).catch(() => undefined);
}

/** A worker's command that waits for a job is given this long by the server; the connection is dropped later. Seconds. */
export const longestBlockSeconds = 2;

/** For a worker: it waits for Redis as long as it takes. BullMQ's blocking commands demand unlimited retries. */
export function patientConnection(redisUrl: string): RedisClient {
  const options: Options = {
    maxRetriesPerRequest: null,
    connectTimeout: 2000,
    // Also of BullMQ's duplicate for blocking commands, on which a silence of `longestBlockSeconds` means nothing.
    socketTimeout: longestBlockSeconds * 1000 + 1500,
  };
  return connect(redisUrl, options, 750);
}
