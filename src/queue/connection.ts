import { once } from 'node:events';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { queueName, queuePrefix } from './job.js';

/** One Redis, or a Redis Cluster. */
export type RedisClient = Redis | Cluster;

/** Without the options whose declarations contradict each other in one node and in a cluster. */
type Options = Omit<RedisOptions, 'replyMapping' | 'himportFieldsets' | 'retryStrategy'>;

/** Milliseconds until the next attempt to reconnect: at once, then growing, and never so long that a return is missed. */
function retryDelayMs(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 8), 500);
}

const clusterScheme = 'redis+cluster://';

/** `redis+cluster://[user:password@]host:port[,host:port…]`: some of the nodes, which tell of the others. */
function connectCluster(redisUrl: string, { enableOfflineQueue, enableAutoPipelining, ...node }: Options): Cluster {
  const rest = redisUrl.slice(clusterScheme.length);
  const at = rest.lastIndexOf('@');
  const { username, password } = new URL(`redis://${rest.slice(0, at + 1)}node`);
  const credentials = {
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
  const nodes = rest.slice(at + 1).split(',');
  return new Cluster(
    nodes.map((address) => `redis://${address}`),
    {
      clusterRetryStrategy: retryDelayMs,
      redisOptions: { ...node, ...credentials },
      ...(enableOfflineQueue === undefined ? {} : { enableOfflineQueue }),
      ...(enableAutoPipelining === undefined ? {} : { enableAutoPipelining }),
    },
  );
}

function connectNode(redisUrl: string, options: Options): Redis {
  const all = { retryStrategy: retryDelayMs, ...options };
  return redisUrl.startsWith('unix://')
    ? new Redis({ path: redisUrl.slice('unix://'.length), ...all })
    : new Redis(redisUrl, all);
}

/** Where a `REDIS_URL` leads: a host and port, the path of a unix socket, or a cluster. */
function connect(redisUrl: string, options: Options): RedisClient {
  const open = redisUrl.startsWith(clusterScheme) ? connectCluster : connectNode;
  const client = open(redisUrl, { disconnectTimeout: 50, ...options });
  // Without a listener ioredis prints to the console. Whoever needs to know sees its own commands fail.
  client.on('error', () => undefined);
  return client;
}

/**
 * What all keys begin with that are used together in one script. In a cluster such keys must lie on one node, and the
 * braces make Redis choose it by what is in them alone: there the keys are `{enhancement}:queue:*`.
 */
export function keyPrefix(redis: Pick<RedisClient, 'isCluster'>): string {
  return redis.isCluster ? `{${queuePrefix}}` : queuePrefix;
}

/** BullMQ's hash of a job; what else it keeps about the job has a key that begins with this one. */
export function jobKey(redis: Pick<RedisClient, 'isCluster'>, jobId: string): string {
  return `${keyPrefix(redis)}:${queueName}:${jobId}`;
}

/** BullMQ's lock on a job: holds the token of whoever works on it. */
export function lockKey(redis: Pick<RedisClient, 'isCluster'>, jobId: string): string {
  return `${jobKey(redis, jobId)}:lock`;
}

/**
 * For answering somebody who waits: a command fails within a second when Redis is frozen, and at once when it is away.
 * Nothing is queued up or sent again behind the caller's back, for the caller has been told that it failed.
 */
export function promptConnection(redisUrl: string): RedisClient {
  return connect(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1000,
    connectTimeout: 1000,
    autoResendUnfulfilledCommands: false,
    // What is asked in one turn of the event loop goes out in one write, and so is answered after one sync of Redis' disk.
    enableAutoPipelining: true,
  });
}

/** Resolves when the connection stands, or when it has not come about in this time, milliseconds. */
export async function readyWithin(redis: RedisClient, withinMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await once(redis, 'ready', { signal: AbortSignal.timeout(withinMs) }).catch(() => undefined);
}

/** For a worker: it waits for Redis as long as it takes. BullMQ's blocking commands demand unlimited retries. */
export function patientConnection(redisUrl: string): RedisClient {
  return connect(redisUrl, { maxRetriesPerRequest: null });
}
