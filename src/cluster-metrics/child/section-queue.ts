/**
 * Sections that must keep their place before what the tracker gives next, and how many of them go into one frame.
 *
 * Must not know: how a frame is sent.
 */
import type { Section } from '../wire/protocol.js';

export interface Queued {
  readonly section: Section;
  /** Changes up to here have been reported when this section has. */
  readonly position: number;
  /** Label sets in it, about. */
  readonly size: number;
}

/** Of sections that wait behind a primary that did not read for a while, at most in one frame. */
const sectionsPerFrame = 500;

export class SectionQueue {
  #waiting: Queued[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length;
  }

  add(queued: Queued): void {
    this.#waiting.push(queued);
  }

  /**
   * The oldest, at least one if there is any.
   *
   * @param limit label sets at most in all but the first
   */
  take(limit: number): Queued[] {
    let count = 0;
    let size = 0;
    for (const queued of this.#waiting) {
      size += queued.size;
      if (count === sectionsPerFrame || (count > 0 && size > limit)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
