import type { Sink } from './bytes.js';
import type { StoredPart } from './segmented-documents.js';

/** What an index holds. */
export interface IndexState {
  /** Where in the history it ends. */
  readonly cursor: number;
  /** Identifies the tickets that are there from the start. */
  readonly seed: string;
  /** Tickets that were left out because of its bounds. */
  readonly skipped: number;
}

export interface StoredIndex extends IndexState {
  readonly parts: readonly StoredPart[];
}

/**
 * Where an index is kept between starts, and shared by the processes of a machine. All calls are synchronous: they are made
 * from a thread of their own.
 */
export interface SegmentStore {
  /**
   * What was committed last, by any process: the same object as long as nothing else is committed.
   *
   * @returns undefined: nothing is, or it cannot be used
   */
  load(): StoredIndex | undefined;
  /** @returns undefined while another process has it */
  claim(): StoreClaim | undefined;
  /** Forgets what was loaded, and closes its files. */
  close(): void;
}

/** The right to write, of one process at a time. */
export interface StoreClaim {
  /** What all parts may take together, bytes. */
  readonly mostBytes: number;
  /** To be called every few seconds; otherwise another process takes the claim for lost. */
  refresh(): void;
  /**
   * Begins a part.
   *
   * @throws what writing a file throws
   */
  write(): PartWriter;
  /** Makes these parts, all of them stored, the index of all processes. @throws what writing a file throws */
  commit(state: IndexState, parts: readonly StoredPart[]): StoredIndex;
  release(): void;
}

export interface PartWriter {
  readonly sink: Sink;
  end(): StoredPart;
  /** Instead of `end`: what was written is of no use. */
  abandon(): void;
}
