/** Some of the slots of a segment, a bit each. */
export interface SlotSet {
  readonly count: number;
  has(slot: number): boolean;
  add(slot: number): void;
  /** A bit for each slot, from the lowest of each byte. Not a copy. */
  readonly bits: Buffer;
}

/** @param bits Default: none of the slots */
export function createSlotSet(slots: number, bits: Buffer = Buffer.alloc(Math.ceil(slots / 8))): SlotSet {
  let count = 0;
  for (const byte of bits) for (let rest = byte; rest > 0; rest &= rest - 1) count++;
  const has = (slot: number): boolean => ((bits[slot >> 3] ?? 0) & (1 << (slot & 7))) !== 0;
  return {
    bits,
    get count() {
      return count;
    },
    has,
    add(slot) {
      if (has(slot)) return;
      bits[slot >> 3] = (bits[slot >> 3] ?? 0) | (1 << (slot & 7));
      count++;
    },
  };
}
