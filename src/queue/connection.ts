import { Redis, type RedisOptions } from 'ioredis';

/** Without the one option whose declaration the constructor’s contradicts. */
type Options = Omit<RedisOptions, 'replyMapping'>;

/** Milliseconds until the next attempt to reconnect: at once, then growing, and never so long that a return is missed. */
function retryDelayMs(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 8), 500);
}

/** Where a `REDIS_URL` leads: a host and port, or the path of a unix socket. */
function address(redisUrl: string): { url?: string; options: Options } {
  return redisUrl.startsWith('unix://')
    ? { options: { path: redisUrl.slice('unix://'.length) } }
    : { url: redisUrl, options: {} };
}

function connect(redisUrl: string, options: Options): Redis {
  const { url, options: where } = address(redisUrl);
  const all = { retryStrategy: retryDelayMs, disconnectTimeout: 50, ...where, ...options };
  const client = url === undefined ? new Redis(all) : new Redis(url, all);
  // Without a listener ioredis prints to the console. Whoever needs to know sees its own commands fail.
  client.on('error', () => undefined);
  return client;
}

/**
 * For answering somebody who waits: a command fails within a second when Redis is frozen, and at once when it is away.
 * Nothing is queued up or sent again behind the caller's back, for the caller has been told that it failed.
 */
export function promptConnection(redisUrl: string): Redis {
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

/** For a worker: it waits for Redis as long as it takes. BullMQ's blocking commands demand unlimited retries. */
export function patientConnection(redisUrl: string): Redis {
  return connect(redisUrl, { maxRetriesPerRequest: null });
}
