/**
 * How messages get from a child to the primary, and requests back. Each kind of channel has a file of its own. A channel
 * keeps the order of one child's messages. What it has handed over reaches the primary even if the child is killed at once.
 * Must not know: what is in a message, beyond that it is plain data.
 */
import type { FromChild, FromPrimary } from '../protocol.js';

export type Done = (error: Error | null) => void;

/** A child's end. */
export interface ChildChannel {
  /** To be called once; may call the listener before it returns. @returns closes it: the listener is told nothing any more */
  open(listener: ChannelListener): () => void;
  /**
   * Hands a message over, to the kernel or to the primary's thread, and then calls back: from there not even the end of this
   * process or thread takes it back. Calls back with an error when it was not handed over. A hello may be called back as late
   * as when the primary is ready to read what follows. Never throws, never blocks, never calls back before it returns.
   */
  send(message: FromChild, done: Done): void;
}

export interface ChannelListener {
  /** There is a primary that knows nothing of this process: the first one, or the next after `closed`. */
  opened(): void;
  /** A message of the primary, or of others on the same channel. */
  message(message: unknown): void;
  /** There is no primary until `opened`, which may never come. Told before messages under way are called back with an error. */
  closed(reason: Error): void;
}

export type ChildKind = 'cluster' | 'process' | 'thread' | 'socket';

/** One child, as the primary sees it: the same object for each of its messages. */
export interface ChildLink {
  readonly kind: ChildKind;
  /** Among children of its kind: the id in `cluster.workers`, the pid, the thread's id, or a number of the connection. */
  readonly id: number;
  /** Does not wait for the message to arrive: a blocked child must not hold up the primary. Never throws. */
  send(message: FromPrimary): void;
  /** Looks whether the child has ended, where a program can keep its channel from being told; `gone` follows. */
  check?(): void;
}

/** The primary's end of all channels. */
export interface ChildReceiver {
  /** What a child sent, and what others did on the same channel. */
  message(child: ChildLink, message: unknown): void;
  /** The child is gone, and everything that it sent has been read. */
  gone(child: ChildLink): void;
  /** A peer was turned away that spoke no language of ours. @param detail a predicate, such as `sent no hello within 5 s` */
  refused(peer: string, detail: string): void;
}

/** How long a message under way keeps a process or thread alive, milliseconds: a program that has ended otherwise must end. */
const longestHoldMs = 5000;

/** The one message that is under way at a child's end. It keeps the process or thread alive. */
export function underWay(handle: { ref(): void; unref(): void }) {
  let done: Done | undefined;
  let timer: NodeJS.Timeout | undefined;
  const release = (): void => {
    clearTimeout(timer);
    timer = undefined;
    handle.unref();
  };
  return {
    begin(its?: Done): void {
      done = its;
      handle.ref();
      timer ??= setTimeout(release, longestHoldMs).unref();
    },
    end(error: Error | null): void {
      const its = done;
      done = undefined;
      release();
      its?.(error);
    },
  };
}
