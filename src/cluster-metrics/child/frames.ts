/**
 * What goes into the next frame: what a new primary has to be introduced to, a frame that was not handed over, sections under
 * keys in their order, then all that changed.
 *
 * Must not know: when a frame is sent, nor by what channel.
 */
import type { Changes } from '../wire/changes.js';
import type { Frame, Section } from '../wire/protocol.js';
import type { ChangeTracker } from './change-tracker.js';
import { SectionQueue } from './section-queue.js';

/** Label sets at most in one frame: a frame of some ten kilobytes fits into the kernel's buffer at once. */
export const slotsPerFrame = 500;

/** Sections under keys that wait at most; each takes some 300 bytes. */
const mostKeys = 10_000;

export interface Outgoing {
  readonly frame: Frame;
  /** Changes up to here have been reported when this frame has. */
  readonly position: number;
  /** Whether it tells of changes, which must not be lost if it is not handed over. */
  readonly isChange: boolean;
}

export class Frames {
  readonly #tracker: ChangeTracker;
  readonly #sections = new SectionQueue();
  #introductions: Iterator<Changes> | undefined;
  #failed: Outgoing | undefined;
  /** A frame is due even if nothing changed: it says that this process lives, and whether it collects. */
  beatDue = false;
  /** The last request to collect that has been answered. */
  collected: number | undefined;

  constructor(tracker: ChangeTracker) {
    this.#tracker = tracker;
  }

  get hasMore(): boolean {
    if (this.beatDue || this.collected !== undefined) return true;
    return (
      this.#failed !== undefined ||
      this.#introductions !== undefined ||
      !this.#sections.isEmpty ||
      this.#tracker.hasMore
    );
  }

  /** Whether there is room for one more section under a key. */
  get takesKeys(): boolean {
    return this.#sections.size < mostKeys;
  }

  /** The next frame goes to a primary that knows nothing of this process. */
  introduce(): void {
    this.#introductions = this.#tracker.introductions(slotsPerFrame);
    this.beatDue = true;
    this.collected = undefined;
  }

  /**
   * Takes what changed out of the tracker, to keep its place in the order.
   *
   * @param limit label sets at most
   */
  queue(limit: number, key: Pick<Section, 'once' | 'rememberMs'> = {}): void {
    const before = this.#tracker.taken;
    const changes = this.#tracker.take(limit);
    const position = this.#tracker.taken;
    for (const [i, one] of changes.entries()) {
      // What left is told without the key: only the last of them has what came.
      const section = i === changes.length - 1 ? { changes: one, ...key } : { changes: one };
      this.#sections.add({ section, position, size: i === 0 ? position - before : 0 });
    }
  }

  /** @returns undefined when there is nothing to tell */
  next(): Outgoing | undefined {
    const introduction = this.#introductions?.next();
    if (introduction !== undefined && !introduction.done) {
      return this.#outgoing([{ changes: introduction.value }], Number.NEGATIVE_INFINITY, false);
    }
    this.#introductions = undefined;
    const failed = this.#failed;
    if (failed !== undefined) {
      this.#failed = undefined;
      return failed;
    }
    const queued = this.#sections.take(slotsPerFrame);
    const sections = queued.map(({ section }) => section);
    let position = queued.at(-1)?.position ?? this.#tracker.taken;
    if (this.#sections.isEmpty) {
      for (const changes of this.#tracker.take(slotsPerFrame)) sections.push({ changes });
      if (sections.some(({ changes }) => changes.metrics !== undefined)) this.beatDue = true;
      position = this.#tracker.taken;
    }
    const isChange = sections.length > 0;
    return isChange || this.beatDue || this.collected !== undefined
      ? this.#outgoing(sections, position, isChange)
      : undefined;
  }

  /** A frame was not handed over: it is the next once more. */
  keep(outgoing: Outgoing): void {
    if (outgoing.isChange) this.#failed = outgoing;
  }

  #outgoing(sections: readonly Section[], position: number, isChange: boolean): Outgoing {
    const frame: Frame = {
      type: 'cluster-metrics:frame',
      sections,
      ...(this.beatDue ? { collects: this.#tracker.collects } : {}),
      ...(this.collected === undefined ? {} : { collected: this.collected }),
    };
    this.beatDue = false;
    this.collected = undefined;
    return { frame, position, isChange };
  }
}
