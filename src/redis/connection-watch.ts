import { Cluster, type Redis } from 'ioredis';
import { isCommandTimeout, keepSilence } from './redis-errors.js';

/**
 * Checks a connection at intervals, and whenever another connection of this process to the same address reports a doubt. So
 * the server's `timeout` does not close an idle connection. A connection to a server that is frozen or cut off is dropped
 * within four intervals, and one to a server that was demoted reconnects, used or not: after a failover the address leads to
 * another server while old connections stay open, and two connections of one worker would see two states of one job.
 */
export interface ConnectionWatch {
  /** Checks all connections to the address at once. */
  doubt(): void;
}

/** Intervals without a reply after which a check is repeated, and after which the connection is dropped. */
const unanswered = { repeat: 2, drop: 3 };

const connections = new Map<string, Set<Redis | Cluster>>();

/** Intervals since the check that has no reply yet. */
const waiting = new WeakMap<Redis, number>();

export interface WatchOptions {
  readonly address: string;
  /** A key of the queue that never exists: checks delete it. */
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
    doubt(); // this connection may lead to another server than the others
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

/** Sends a write that changes nothing: a server that takes no writes refuses it, and any other has nothing to sync. */
function ask(node: Redis, key: string): void {
  if (node.status !== 'ready' || waiting.has(node)) return;
  waiting.set(node, 0);
  send(node, key);
}

function send(node: Redis, key: string): void {
  const answered = (): void => void waiting.delete(node);
  // A timeout is no reply. After this process was stopped, a command times out although its reply is still unread; then the
  // repeated check gets a reply.
  node.del(key).then(answered, (error: unknown) => {
    if (!isCommandTimeout(error)) answered();
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
  if (intervals === unanswered.repeat) send(node, key);
  // Replies that arrived while this process was stopped are read before this runs.
  else if (intervals >= unanswered.drop) setImmediate(() => dropSilent(client, node));
}

function dropSilent(client: Redis | Cluster, node: Redis): void {
  if (!waiting.delete(node)) return;
  keepSilence(client);
  node.disconnect(true);
}
