/**
 * Finds what belongs to a label set, by one map for each label: no key string is built, and no value can be mistaken for
 * a part of another (a comma, a colon).
 * Must not know: what is kept in it.
 */
import { type Labels, textOf } from './client.js';

type Key = string | undefined;

/** Above the last label there are levels below, at the last one the leaves. */
interface Level<T> {
  readonly levels: Map<Key, Level<T>> | undefined;
  readonly leaves: Map<Key, T> | undefined;
}

export class LabelTree<T> {
  readonly #names: readonly string[];
  /** Number of maps above the last one. */
  readonly #depth: number;
  readonly #root: Level<T>;
  readonly #missing: () => '' | undefined;

  /** @param missing what a label that is left out beside others stands for. Default: nothing else */
  constructor(names: readonly string[], missing: () => '' | undefined = () => undefined) {
    // Without labels there is one place, under a label that no label set has.
    this.#names = names.length === 0 ? [''] : names;
    this.#depth = this.#names.length - 1;
    this.#root = createLevel(this.#depth === 0);
    this.#missing = missing;
  }

  /**
   * The fast way, for a label set that has all labels and no others; null may stand for one that is left out.
   *
   * @returns undefined for any other, too
   */
  find(labels: Labels): T | undefined {
    const names = this.#names;
    const depth = this.#depth;
    let count = 0;
    for (const _ in labels) count++;
    if (count !== depth + 1) return undefined;
    let current = this.#root;
    for (let i = 0; i < depth; i++) {
      const value = labels[names[i] ?? ''];
      if (value === undefined || value === null) return undefined;
      const next = current.levels?.get(typeof value === 'string' ? value : textOf(value));
      if (next === undefined) return undefined;
      current = next;
    }
    const value = labels[names[depth] ?? ''];
    if (value === undefined || value === null) return undefined;
    return current.leaves?.get(typeof value === 'string' ? value : textOf(value));
  }

  /** Also for a label set that leaves labels out. */
  get(labels: Labels): T | undefined {
    const keys = this.#keysOf(labels);
    return this.#pathTo(keys)[this.#depth]?.leaves?.get(keys[this.#depth]);
  }

  set(labels: Labels, value: T): void {
    const keys = this.#keysOf(labels);
    let current = this.#root;
    for (let i = 0; i < this.#depth; i++) {
      const next = current.levels?.get(keys[i]) ?? createLevel<T>(i + 1 === this.#depth);
      current.levels?.set(keys[i], next);
      current = next;
    }
    current.leaves?.set(keys[this.#depth], value);
  }

  /** With the levels that are empty then. */
  delete(labels: Labels): void {
    const keys = this.#keysOf(labels);
    const path = this.#pathTo(keys);
    path[this.#depth]?.leaves?.delete(keys[this.#depth]);
    for (let i = path.length - 1; i > 0; i--) {
      const level = path[i];
      if ((level?.leaves ?? level?.levels)?.size === 0) path[i - 1]?.levels?.delete(keys[i - 1]);
    }
  }

  /** The levels from the root on, as far as they are there. */
  #pathTo(keys: readonly Key[]): Level<T>[] {
    const path = [this.#root];
    for (let i = 0; i < this.#depth; i++) {
      const next = path[i]?.levels?.get(keys[i]);
      if (next === undefined) break;
      path.push(next);
    }
    return path;
  }

  #keysOf(labels: Labels): Key[] {
    let isEmpty = true;
    for (const _ in labels) isEmpty = false;
    // No label at all is a label set of its own for every client.
    const missing = isEmpty ? undefined : this.#missing();
    return this.#names.map((name) => {
      const value = labels[name];
      return value === undefined || (value === null && missing === '') ? missing : textOf(value);
    });
  }
}

function createLevel<T>(isLast: boolean): Level<T> {
  return isLast ? { levels: undefined, leaves: new Map() } : { levels: new Map(), leaves: undefined };
}
