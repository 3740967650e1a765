import type { RedisClient } from './connection.js';
import { saysNoReason, wordsOf } from './redis-errors.js';

export interface ConnectionLossOptions {
  /** Called with the message of Redis or the network when a connection is lost; with undefined when all are ready again. */
  readonly onChange: (problem: string | undefined) => void;
  /** Interval of the checks. Milliseconds; default: 1000. */
  readonly everyMs?: number;
}

/**
 * Reports when one of these connections is lost, and when all are ready again. A connection whose server does not answer is
 * dropped by connection-watch.ts, and then counts as lost.
 *
 * @returns ends the watch
 */
export function watchConnectionLoss(
  clients: readonly RedisClient[],
  { onChange, everyMs = 1000 }: ConnectionLossOptions,
): () => void {
  let reported: string | undefined;
  // A server that refuses each new connection lets it be ready for a moment, so a connection must last for a whole interval.
  const lasting = new Set<RedisClient>(clients);
  const watched = clients.map((client) => ({ client, onClose: () => void lasting.delete(client) }));
  for (const { client, onClose } of watched) client.on('close', onClose);
  const timer = setInterval(() => {
    const lost = clients.find((client) => client.status !== 'ready' || !lasting.has(client));
    for (const client of clients) if (client.status === 'ready') lasting.add(client);
    const problem = lost && wordsOf(lost);
    if (problem === reported) return;
    // Of a server that refuses and closes, the client reads the refusal, a reset or nothing, by chance. The refusal is kept.
    if (problem !== undefined && reported !== undefined && saysNoReason(problem)) return;
    reported = problem;
    onChange(problem);
  }, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    for (const { client, onClose } of watched) client.off('close', onClose);
  };
}
