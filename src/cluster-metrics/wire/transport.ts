/**
 * How frames get from a child to the primary, and requests back. A transport keeps the order of one child's messages and
 * loses none before its channel ends.
 *
 * Must not know: what is in a message, beyond that it is plain data.
 */
import type { FromChild, FromPrimary } from './protocol.js';

/** A child's end. */
export interface ChildChannel {
  /**
   * Hands a message to the kernel, or to the primary's thread, and then calls back: from there not even the end of the child
   * takes it back. Called back with an error when the channel is closed. Never throws.
   */
  send(message: FromChild, done: (error: Error | null) => void): void;
  /** Messages of the primary, and those of others on the same channel. @returns stops it */
  receive(receiver: (message: unknown) => void): () => void;
}

/** One child, as the primary sees it. */
export interface ChildLink {
  /** Names the child among those of one transport. */
  readonly id: number;
  /** Does not wait for the message to arrive: a blocked child must not hold up the primary. Never throws. */
  send(message: FromPrimary): void;
}

export interface ChildReceiver {
  /** What a child sent, and what others did on the same channel. */
  message(child: ChildLink, message: unknown): void;
  /** The child is gone, and everything that it sent has been read. */
  gone(childId: number): void;
  /** Milliseconds of a monotonic clock at which a child last sent something; undefined: never, or it is known to be gone. */
  lastHeardMs(childId: number): number | undefined;
}

/** The primary's end of the channels of one kind of children. */
export interface PrimaryTransport {
  /** @returns stops listening */
  listen(receiver: ChildReceiver): () => void;
}
