import { isIP } from 'node:net';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { childIdentity } from '../config/child-identity.js';
import { parseRedisUrl, type RedisAddress, type RedisCredentials } from '../config/redis-url.js';
import { messageOf } from '../logging/describe-error.js';
import { tlsOf } from './connection-tls.js';
import { watchConnection } from './connection-watch.js';
import { whyEmbeddedEnded } from './embedded/redis-log.js';
import { queueKey } from './keys.js';
import { noteLosses } from './reconnection.js';
import { connectionStands, isMissingDatabase, isOfWrongServer, isUnknownPrimary, keepWords } from './redis-errors.js';
import { hearRefusals, keepDenial } from './refused-connection.js';

/** One Redis, or a Redis Cluster. */
export type RedisClient = Redis | Cluster;

/** Without options that ioredis declares differently for a node and for a cluster. */
type Options = Omit<RedisOptions, 'replyMapping' | 'himportFieldsets' | 'retryStrategy'>;

/** Delay of the next attempt to reconnect: 50 ms, doubling to half a second. Milliseconds. @param attempt from 1 */
function reconnectDelayMs(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 8), 500);
}

/** Bounds reconnections while every command is refused. Milliseconds. */
const reconnectEveryMs = 200;
/** What a server refuses so soon after a reconnection began was sent before it: the next connection needs longer. Milliseconds. */
const leavingMs = 50;
/** Commands are sent again only if nothing was refused for so long before: a server that stays read-only is to be told. Milliseconds. */
const repeatAfterMs = 5000;

interface WrongServerOptions {
  /** Whether a refused command is sent again, once, on the new connection. No server has executed any of it. */
  readonly repeats: boolean;
  readonly onWords: (error: Error) => void;
  readonly onReconnect: () => void;
}

/** ioredis' `reconnectOnError`, of a connection and its duplicates. 2: the command is sent again. */
function reconnectToRightServer({ repeats, onWords, onReconnect }: WrongServerOptions): (error: Error) => boolean | 2 {
  let lastMs = Number.NEGATIVE_INFINITY;
  let isRepeating = false;
  return (error) => {
    if (!isOfWrongServer(error)) return false;
    onWords(error);
    const nowMs = performance.now();
    const sinceMs = nowMs - lastMs;
    if (sinceMs <= leavingMs) return isRepeating && 2;
    if (sinceMs < reconnectEveryMs) return false;
    lastMs = nowMs;
    isRepeating = repeats && sinceMs >= repeatAfterMs;
    onReconnect();
    return isRepeating ? 2 : true;
  };
}

function credentialsOf({ username, password }: RedisCredentials): RedisCredentials {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

function connectCluster(
  address: Extract<RedisAddress, { kind: 'cluster' }>,
  { enableOfflineQueue, enableAutoPipelining, autoPipeliningIgnoredCommands, ...node }: Options,
): Cluster {
  const { nodes, family } = address;
  const tls = tlsOf(address);
  return new Cluster([...nodes], {
    clusterRetryStrategy: reconnectDelayMs,
    // Not resolved here: ioredis would connect to the IP address, which a certificate for the name does not cover.
    dnsLookup: (name, callback) => callback(null, name),
    redisOptions: { ...node, ...credentialsOf(address), family, ...(tls === undefined ? {} : { tls }) },
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
      const { host, port, family } = address;
      // SNI: neither ioredis nor Node sends it by default, and a proxy that routes by it closes the connection.
      const tls = tlsOf(address, isIP(host) === 0 ? { servername: host } : {});
      return new Redis({
        host,
        port,
        family,
        ...credentialsOf(address),
        ...(tls === undefined ? {} : { tls }),
        ...options,
      });
    }
    case 'sentinel': {
      const { sentinels, name, family, sentinelUsername, sentinelPassword } = address;
      const tls = tlsOf(address);
      return new Redis({
        sentinels: [...sentinels],
        name,
        family,
        ...credentialsOf(address),
        ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
        ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
        sentinelCommandTimeout: 1000,
        sentinelRetryStrategy: reconnectDelayMs,
        ...(tls === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
        ...options,
      });
    }
  }
}

/** As `CLIENT LIST` shows it: `ticket-enhancer:http:0`; without a role and a slot it is the primary or the command line. */
function connectionName(): string {
  const { role, slot } = childIdentity() ?? {};
  return role === undefined ? 'ticket-enhancer' : `ticket-enhancer:${role}:${slot}`;
}

/** Connects to the server, unix socket, cluster or sentinels of a `REDIS_URL`. @param checkEveryMs of connection-watch.ts */
function connect(redisUrl: string, options: Options, checkEveryMs: number): RedisClient {
  const address = parseRedisUrl(redisUrl);
  const all: Options = {
    // Milliseconds for the last bytes of a connection that is dropped.
    disconnectTimeout: 50,
    // The check needs INFO, which may be forbidden. A server that loads its data answers LOADING to the first command.
    enableReadyCheck: false,
    connectionName: connectionName(),
    // Of no use beside the name, and a user with few rights may not send it: each connection would be in the log of refusals.
    disableClientInfo: true,
    reconnectOnError: reconnectToRightServer({
      // ioredis sends again what had no reply yet: what was refused is treated alike. A cluster redirects by itself.
      repeats: address.kind !== 'cluster' && options.autoResendUnfulfilledCommands !== false,
      onWords: (error) => keepWords(client, error),
      onReconnect: () => watch.doubt(),
    }),
    ...options,
  };
  const client: RedisClient = address.kind === 'cluster' ? connectCluster(address, all) : connectNode(address, all);
  client.on('ready', () => connectionStands(client));
  noteLosses(client);
  if (client instanceof Redis) keepDenial(client);
  if (client instanceof Redis && address.kind === 'server' && !address.tls) hearRefusals(client, address);
  // Without a listener ioredis prints to the console. Callers see their own commands fail.
  client.on('error', (error: unknown) => {
    // Otherwise ioredis would stay connected, to database 0.
    if (isMissingDatabase(error)) client.disconnect(true);
    const why = address.kind === 'socket' ? whyEmbeddedEnded(address.path) : undefined;
    keepWords(client, why === undefined ? error : `${messageOf(error)}: ${why}`);
  });
  client.on('node error', (error: unknown) => keepWords(client, error));
  client.on('sentinelError', (error: unknown) => {
    const known = address.kind !== 'sentinel' || !isUnknownPrimary(error);
    keepWords(client, known ? error : `its sentinels know no primary of the name ${address.name}`);
  });
  const key = queueKey(client, 'connection-check');
  const watch = watchConnection(client, { address: redisUrl, key, everyMs: checkEveryMs });
  return client;
}

/**
 * For a caller that cannot wait: a command fails within a second when Redis is frozen, and at once when it is unreachable. No
 * command is queued or sent again later, because its caller has been told that it failed.
 */
export function failFastConnection(redisUrl: string): RedisClient {
  const options: Options = {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1000,
    connectTimeout: 1000,
    autoResendUnfulfilledCommands: false,
    // Commands of one turn of the event loop are sent in one write, so they share one sync of Redis' disk.
    enableAutoPipelining: true,
    autoPipeliningIgnoredCommands: ['del'], // sent by connection-watch.ts, which must not wait for the pipeline
  };
  // Without ioredis' socketTimeout: after this process was stopped, it would drop a connection whose reply is still unread.
  return connect(redisUrl, options, 500);
}

/** Longest time that a worker's command waits for a job in Redis; a silent connection is dropped later. Seconds. */
export const longestBlockSeconds = 2;

/** For a worker, which waits for Redis as long as it takes. BullMQ's blocking commands require unlimited retries. */
export function patientConnection(redisUrl: string): RedisClient {
  const options: Options = {
    maxRetriesPerRequest: null,
    connectTimeout: 2000,
    // Holds for BullMQ's duplicate for blocking commands, too, which is silent for up to `longestBlockSeconds`.
    socketTimeout: longestBlockSeconds * 1000 + 1500,
  };
  return connect(redisUrl, options, 750);
}
