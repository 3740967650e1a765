import type { RedisClient } from './connection.js';
import { saysNoReason, wordsOf } from './redis-words.js';

export interface ConnectionLossOptions {
  /** Why there is no connection, in the words of Redis or the network; undefined: all connections stand again. */
  readonly onChange: (problem: string | undefined) => void;
  /** Default: 1000. */
  readonly everyMs?: number;
}

/**
 * Tells when one of these connections is lost, and when all stand again. A server that does not answer loses its connection to
 * connection-watch.ts within some intervals.
 *
 * @returns stops it
 */
export function watchConnectionLoss(
  clients: readonly RedisClient[],
  { onChange, everyMs = 1000 }: ConnectionLossOptions,
): () => void {
  let told: string | undefined;
  // A server that refuses each new connection lets it be ready for a moment: only what stands for a whole interval stands.
  const standing = new Set<RedisClient>(clients);
  const watched = clients.map((client) => ({ client, onClose: () => void standing.delete(client) }));
  for (const { client, onClose } of watched) client.on('close', onClose);
  const timer = setInterval(() => {
    const lost = clients.find((client) => client.status !== 'ready' || !standing.has(client));
    for (const client of clients) if (client.status === 'ready') standing.add(client);
    const problem = lost && wordsOf(lost);
    if (problem === told) return;
    // A server that refuses by closing is read as its refusal, a reset or nothing, by chance: the refusal says the most.
    if (problem !== undefined && told !== undefined && saysNoReason(problem)) return;
    told = problem;
    onChange(problem);
  }, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    for (const { client, onClose } of watched) client.off('close', onClose);
  };
}
