import { Cluster, type Redis } from 'ioredis';
import { messageOf } from '../logging/describe-error.js';
import { keepWords } from './redis-words.js';

/**
 * Checks a connection at intervals, and whenever another one of this process to the same address has cause for doubt. An
 * idle connection is then not closed by the server's `timeout`. One whose server is frozen or cut off is dropped within four
 * intervals, and one whose server was demoted reconnects, used or not: the address may lead to another server by now, while
 * old connections stay open. Two connections of one worker to two servers would see two states of one job.
 */
export interface ConnectionWatch {
  /** Checks all connections to the address at once. */
  doubt(): void;
}

/** Intervals after which a check is repeated, and after which the connection is dropped. */
const patience = { repeat: 2, drop: 3 };

const connections = new Map<string, Set<Redis | Cluster>>();

/** Intervals for which the answer to a check has been waited for. */
const waiting = new WeakMap<Redis, number>();

export interface WatchOptions {
  readonly address: string;
  /** Of the queue's, under which nothing is kept. */
  readonly key: string;
  /** Between two checks. Milliseconds. */
  readonly everyMs: number;
}

export function watchConnection(client: Redis | Cluster, { address, key, everyMs }: WatchOptions): ConnectionWatch {
  const sameAddress = connections.get(address) ?? new Set();
  connections.set(address, sameAddress.add(client));
  const doubt = (): void => {
    for (const one of sameAddress) for (const node of nodesOf(one)) ask(node, key);
  };
  let timer: NodeJS.Timeout | undefined;
  client.on('ready', () => {
    sameAddress.add(client);
    timer ??= setInterval(() => {
      for (const node of nodesOf(client)) check(client, node, key);
    }, everyMs).unref();
    doubt(); // this one may have found another server than the others have
  });
  client.on('end', () => {
    clearInterval(timer);
    timer = undefined;
    sameAddress.delete(client);
    if (sameAddress.size === 0) connections.delete(address);
  });
  return { doubt };
}

function nodesOf(client: Redis | Cluster): readonly Redis[] {
  return client instanceof Cluster ? client.nodes() : [client];
}

/** By a write that changes nothing: a server that takes none says so, and one that does has nothing to put on its disk. */
function ask(node: Redis, key: string): void {
  if (node.status !== 'ready' || waiting.has(node)) return;
  waiting.set(node, 0);
  send(node, key);
}

function send(node: Redis, key: string): void {
  const answered = (): void => void waiting.delete(node);
  // A command that timed out is no answer. After this process stood still it times out although its answer waits to be read;
  // then the repeated check is answered.
  node.del(key).then(answered, (error: unknown) => {
    if (messageOf(error) !== 'Command timed out') answered();
  });
}

function check(client: Redis | Cluster, node: Redis, key: string): void {
  if (node.status !== 'ready') {
    waiting.delete(node);
    return;
  }
  const intervals = (waiting.get(node) ?? -1) + 1;
  if (intervals === 0) {
    ask(node, key);
    return;
  }
  waiting.set(node, intervals);
  if (intervals === patience.repeat) send(node, key);
  // What has come while this process stood still is read before this runs.
  else if (intervals >= patience.drop) setImmediate(() => dropSilent(client, node));
}

function dropSilent(client: Redis | Cluster, node: Redis): void {
  if (!waiting.delete(node)) return;
  keepWords(client, 'it gives no answer');
  node.disconnect(true);
}
