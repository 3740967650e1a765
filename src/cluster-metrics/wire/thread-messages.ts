/**
 * What crosses between a thread's two ends beside the protocol: the port, and how far the parent has read. Nothing else
 * bounds what lies in a port that is not read.
 *
 * Must not know: what the messages mean.
 */
import { MessagePort } from 'node:worker_threads';

/** Messages that may lie unread with the parent; the next is called back when it has read some. */
export const threadWindow = 16;

const portType = 'cluster-metrics:port';

/** The only message on the thread's public port. */
export function asksForPort(port: MessagePort): { readonly type: string; readonly port: MessagePort } {
  return { type: portType, port };
}

export function portIn(message: unknown): MessagePort | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, port }: { type?: unknown; port?: unknown } = message;
  return type === portType && port instanceof MessagePort ? port : undefined;
}

/** The parent has read one more message. */
export const read = 'cluster-metrics:read';

export function isRead(message: unknown): boolean {
  return message === read;
}
