/** Bytes of all bodies that are being received, of one http child. */
export interface BodyBudget {
  /**
   * Registers a body that is being received.
   *
   * @param refuse called when its bytes are needed for other bodies; it holds none from then on
   */
  open(refuse: () => void): BodyShare;
  readonly heldBytes: number;
}

export interface BodyShare {
  /** @returns whether the body may hold this many bytes in all; if not, it has been refused */
  grow(toBytes: number): boolean;
  /** The body is complete, or its client has disconnected. */
  close(): void;
}

/**
 * The sender of an incomplete body is not authenticated, so all such bodies share one budget. When it is used up, the oldest
 * one is refused: bodies that an attacker leaves unfinished give way to those of desks, which arrive quickly.
 */
export function createBodyBudget(limitBytes: number): BodyBudget {
  /** Oldest first. */
  const shares = new Set<{ bytes: number; readonly refuse: () => void }>();
  let heldBytes = 0;

  return {
    get heldBytes() {
      return heldBytes;
    },
    open(refuse) {
      const share = { bytes: 0, refuse };
      shares.add(share);
      const release = (one: typeof share): void => {
        if (shares.delete(one)) heldBytes -= one.bytes;
      };
      return {
        grow(toBytes) {
          if (!shares.has(share)) return false;
          heldBytes += toBytes - share.bytes;
          share.bytes = toBytes;
          for (const oldest of shares) {
            if (heldBytes <= limitBytes) break;
            release(oldest);
            oldest.refuse();
          }
          return shares.has(share);
        },
        close: () => release(share),
      };
    },
  };
}
