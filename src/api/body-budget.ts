/** Bytes of all bodies that are being received, of one http child. */
export interface BodyBudget {
  /**
   * A body begins to arrive.
   *
   * @param refuse called when its bytes are needed for others; it holds none from then on
   */
  open(refuse: () => void): BodyShare;
  readonly heldBytes: number;
}

export interface BodyShare {
  /** @returns whether it may hold so many bytes in all; if not, it has been refused */
  grow(toBytes: number): boolean;
  /** It is received, or its client is gone. */
  close(): void;
}

/**
 * Nothing is known of the sender of a body that is incomplete, so all such bodies share one budget. When it is used up, the
 * body that has been arriving the longest is refused: the bodies of an attacker that are kept unfinished make place for
 * those that arrive at once, as a desk's do.
 */
export function createBodyBudget(limitBytes: number): BodyBudget {
  /** In the order of their beginning. */
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
