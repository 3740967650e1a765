import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import { withSentinelPassword } from '../config/redis-url.js';
import { embeddedSocketPath } from '../redis/embedded/data-dir.js';
import { openFailFastQueue, type FailFastQueue } from '../redis/fail-fast-queue.js';
import { reasonOf } from '../redis/queue-unavailable.js';
import { CliError } from './cli-error.js';

/** The queue's Redis: `REDIS_URL`, or the unix socket of a running instance in `DATA_DIR`. */
function redisUrlOf(config: Config): string {
  if (config.redisUrl !== undefined) return withSentinelPassword(config.redisUrl, config.redisSentinelPassword);
  const socket = embeddedSocketPath(config.dataDir);
  if (existsSync(socket)) return `unix://${socket}`;
  throw new CliError(
    'UNREACHABLE',
    'unreachable',
    `No service runs on DATA_DIR ${config.dataDir}, so there is no Redis to ask. Start it with \`npm start\`, run this in its folder, or set DATA_DIR or REDIS_URL as it has them.`,
  );
}

/** Without the user and passwords that an address may contain. */
export function shownAddress(redisUrl: string): string {
  return (redisUrl.split('?', 1)[0] ?? '').replace(/\/\/[^/\s]*@/, '//…@');
}

/** How long a first connection may take. Milliseconds. */
const connectMs = 3000;
const pollMs = 20;

/** Opens the queue, does the work, and closes it. */
export async function withQueue<T>(config: Config, work: (queue: FailFastQueue) => Promise<T>): Promise<T> {
  const url = redisUrlOf(config);
  const queue = openFailFastQueue(url);
  try {
    await untilAnswered(queue, config.redisUrl === undefined ? undefined : shownAddress(url));
    return await work(queue);
  } finally {
    await queue.close();
  }
}

/**
 * Retries: after a failover, or while it loads its data, a server accepts commands a moment later.
 *
 * @param address undefined: the embedded Redis
 */
async function untilAnswered(queue: FailFastQueue, address: string | undefined): Promise<void> {
  for (const end = performance.now() + connectMs; ; await sleep(pollMs)) {
    try {
      await queue.use(async ({ redis }) => void (await redis.ping()));
      return;
    } catch (error) {
      if (performance.now() < end) continue;
      const reason = reasonOf(error);
      const message =
        address === undefined
          ? `The embedded Redis cannot be used: ${reason}. The log of the service, and redis.log in DATA_DIR, say why.`
          : `Redis at ${address} cannot be used: ${reason}. See that it runs and can be reached, and that REDIS_URL is right.`;
      throw new CliError('UNREACHABLE', 'unreachable', message, { cause: error });
    }
  }
}
