import { Cluster, type Redis } from 'ioredis';
import { keepWords } from './redis-words.js';

/** Between two pings of a connection. Milliseconds. */
const everyMs = 1000;
/** Pings in a row without an answer after which a connection is dropped. */
const missedAtMost = 2;

/**
 * Pings a connection as long as it stands. An idle one is not closed by the server's `timeout`; and one whose server is frozen
 * or cut off is dropped within 3 s, whether or not somebody waits for an answer on it: the address may lead to another
 * server by now, and what leads there keeps old connections open.
 */
export function watchAnswers(client: Redis | Cluster): void {
  let timer: NodeJS.Timeout | undefined;
  client.on('ready', () => {
    timer ??= setInterval(() => {
      for (const node of nodesOf(client)) check(client, node);
    }, everyMs).unref();
  });
  client.on('end', () => {
    clearInterval(timer);
    timer = undefined;
  });
}

function nodesOf(client: Redis | Cluster): readonly Redis[] {
  return client instanceof Cluster ? client.nodes() : [client];
}

/** Pings that wait for their answer. */
const unanswered = new WeakMap<Redis, number>();

function check(client: Redis | Cluster, node: Redis): void {
  if (node.status !== 'ready') {
    unanswered.delete(node);
    return;
  }
  const missed = unanswered.get(node) ?? 0;
  if (missed === 0) {
    const answered = (): void => void unanswered.delete(node);
    node.ping().then(answered, answered);
  }
  unanswered.set(node, missed + 1);
  if (missed < missedAtMost) return;
  // When this process stood still the answer has come and waits to be read: that is done before this runs.
  setImmediate(() => {
    if (!unanswered.delete(node)) return;
    keepWords(client, 'it gives no answer');
    node.disconnect(true);
  });
}
