/**
 * What goes into the next frame: what a new primary has to be introduced to, then all that changed, in its order; and which calls
 * of `commit()` it settles.
 * Must not know: when a frame is sent, nor by what channel.
 */
import type { Changes, Frame, Section } from '../../wire/protocol.js';
import type { ChangeTracker } from '../following/change-tracker.js';

/** Label sets at most in one frame: a frame of some ten kilobytes fits into the kernel's buffer at once. */
const labelSetsPerFrame = 500;

/** Sections at most in one frame, of those that wait behind a primary that did not read for a while. */
const sectionsPerFrame = 500;

/** Sections under keys that wait at most; each takes some 300 bytes. */
const mostKeys = 10_000;

/** Changes that were taken out of the tracker, and keep their place before what it gives next. */
interface Batch {
  readonly section: Section;
  /** How many changes had been taken with it. */
  readonly position: number;
  /** Label sets in it, about. */
  readonly size: number;
}

export interface Outgoing {
  readonly frame: Frame;
  readonly batches: readonly Batch[];
  /** Changes up to here have been reported when this frame has. */
  readonly position: number;
}

interface Commit {
  /** Changes up to here must have been handed over; undefined: no frame has been made since the call. */
  position: number | undefined;
  readonly settle: (isHandedOver: boolean) => void;
}

export class Frames {
  readonly #tracker: ChangeTracker;
  #waiting: Batch[] = [];
  #introductions: Iterator<Changes> | undefined;
  /** In the order of their positions. */
  readonly #commits = new Set<Commit>();
  /** A frame is due even if nothing changed: it says that this process lives, and whether it collects. */
  isBeatDue = false;
  /** The last request to collect that has been answered. */
  collected: number | undefined;

  constructor(tracker: ChangeTracker) {
    this.#tracker = tracker;
  }

  get hasMore(): boolean {
    if (this.isBeatDue || this.collected !== undefined || this.#commits.size > 0) return true;
    return this.#introductions !== undefined || this.#waiting.length > 0 || this.#tracker.hasMore;
  }

  /** The next frame goes to a primary that knows nothing of this process. */
  introduce(): void {
    this.#introductions = this.#tracker.introductions(labelSetsPerFrame);
    this.isBeatDue = true;
    this.collected = undefined;
  }

  /** @returns whether all changes before the call were handed over, and within the time */
  commit(withinMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const commit: Commit = {
        position: undefined,
        settle: (isHandedOver) => {
          clearTimeout(timer);
          this.#commits.delete(commit);
          resolve(isHandedOver);
        },
      };
      this.#commits.add(commit);
      if (withinMs !== undefined) timer = setTimeout(() => commit.settle(false), withinMs);
    });
  }

  /** Nothing is sent any more, or not for now. */
  abandonCommits(): void {
    for (const commit of this.#commits) commit.settle(false);
  }

  /** What `update` changes counts if the key was not seen. Beyond the keys that may wait, it counts without it. */
  once(key: Required<Pick<Section, 'once' | 'rememberMs'>>, update: () => void): void {
    if (this.#waiting.length >= mostKeys) {
      update();
      return;
    }
    // In pieces, as in any other frame: the first call finds all that a program has ever recorded.
    do this.#take(labelSetsPerFrame);
    while (this.#tracker.waiting > 0);
    update();
    this.#take(Number.POSITIVE_INFINITY, key);
  }

  /** @returns undefined when there is nothing to tell, and no commit waits any more */
  next(): Outgoing | undefined {
    for (const commit of this.#commits) commit.position ??= this.#tracker.position;
    const introduction = this.#introductions?.next();
    if (introduction !== undefined && !introduction.done) {
      return this.#outgoing([{ changes: introduction.value }], [], Number.NEGATIVE_INFINITY);
    }
    this.#introductions = undefined;
    const batches = this.#oldest();
    if (this.#waiting.length === 0) {
      this.#take(labelSetsPerFrame);
      batches.push(...this.#waiting.splice(0));
    }
    const position = batches.at(-1)?.position ?? this.#tracker.taken;
    if (batches.some(({ section }) => section.changes.metrics !== undefined)) this.isBeatDue = true;
    if (batches.length > 0 || this.isBeatDue || this.collected !== undefined) {
      const sections = batches.map(({ section }) => section);
      return this.#outgoing(sections, batches, position);
    }
    this.settle(position, true);
    return undefined;
  }

  /** Changes up to here were handed over, or are lost. */
  settle(position: number, isHandedOver: boolean): void {
    for (const commit of this.#commits) {
      if (commit.position === undefined || commit.position > position) return;
      commit.settle(isHandedOver);
    }
  }

  /** A frame was not handed over: its changes are the next once more. */
  keep({ batches }: Outgoing): void {
    this.#waiting.unshift(...batches);
  }

  #take(limit: number, key: Pick<Section, 'once' | 'rememberMs'> = {}): void {
    const before = this.#tracker.taken;
    const all = this.#tracker.take(limit);
    const position = this.#tracker.taken;
    for (const [i, changes] of all.entries()) {
      // What left is told apart, and its counts count once, too.
      const isApart = key.once !== undefined && i < all.length - 1;
      const section = { changes, ...key, ...(isApart && { once: `${key.once}\n${i - all.length}` }) };
      this.#waiting.push({ section, position, size: i === 0 ? position - before : 0 });
    }
  }

  /** At least one of those that wait, if there is any. */
  #oldest(): Batch[] {
    let count = 0;
    let size = 0;
    for (const batch of this.#waiting) {
      size += batch.size;
      if (count === sectionsPerFrame || (count > 0 && size > labelSetsPerFrame)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #outgoing(sections: readonly Section[], batches: readonly Batch[], position: number): Outgoing {
    const frame: Frame = {
      type: 'cluster-metrics:frame',
      sections,
      ...(this.isBeatDue ? { collects: this.#tracker.collects } : {}),
      ...(this.collected === undefined ? {} : { collected: this.collected }),
    };
    this.isBeatDue = false;
    this.collected = undefined;
    return { frame, batches, position };
  }
}
