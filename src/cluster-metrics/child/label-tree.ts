/**
 * Finds what belongs to a label set, by one map for each label: no key string is built, and no value can be mistaken for
 * a part of another (a comma, a colon).
 *
 * Must not know: what is kept in it.
 */
import { type Labels, textOf } from './client.js';

/** Above the last label there are levels below, at the last one the leaves. */
interface Level<T> {
  readonly levels: Map<unknown, Level<T>> | undefined;
  readonly leaves: Map<unknown, T> | undefined;
}

function createLevel<T>(isLast: boolean): Level<T> {
  return isLast ? { levels: undefined, leaves: new Map() } : { levels: new Map(), leaves: undefined };
}

export class LabelTree<T> {
  readonly #names: readonly string[];
  /** Number of maps above the last one. */
  readonly #depth: number;
  readonly #root: Level<T>;
  readonly #missing: () => '' | undefined;

  /** @param missing what a label that is left out beside others stands for. Default: nothing else */
  constructor(names: readonly string[], missing: () => '' | undefined = () => undefined) {
    this.#missing = missing;
    // Without labels there is one place, under a label that no label set has.
    this.#names = names.length === 0 ? [''] : names;
    this.#depth = this.#names.length - 1;
    this.#root = createLevel(this.#depth === 0);
  }

  /**
   * The fast way, for a label set that has all labels and no others.
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
      if (value === undefined) return undefined;
      const next = current.levels?.get(typeof value === 'string' ? value : textOf(value));
      if (next === undefined) return undefined;
      current = next;
    }
    const value = labels[names[depth] ?? ''];
    if (value === undefined) return undefined;
    return current.leaves?.get(typeof value === 'string' ? value : textOf(value));
  }

  /** Also for a label set that leaves labels out. */
  get(labels: Labels): T | undefined {
    const missing = this.#missingIn(labels);
    let current: Level<T> | undefined = this.#root;
    for (let i = 0; i < this.#depth && current !== undefined; i++) {
      current = current.levels?.get(keyOf(labels[this.#names[i] ?? ''], missing));
    }
    return current?.leaves?.get(keyOf(labels[this.#names[this.#depth] ?? ''], missing));
  }

  set(labels: Labels, value: T): void {
    const missing = this.#missingIn(labels);
    let current = this.#root;
    for (let i = 0; i < this.#depth; i++) {
      const key = keyOf(labels[this.#names[i] ?? ''], missing);
      let next = current.levels?.get(key);
      if (next === undefined) {
        next = createLevel(i + 1 === this.#depth);
        current.levels?.set(key, next);
      }
      current = next;
    }
    current.leaves?.set(keyOf(labels[this.#names[this.#depth] ?? ''], missing), value);
  }

  delete(labels: Labels): void {
    this.#deleteFrom(this.#root, labels, 0, this.#missingIn(labels));
  }

  /** No label at all is a label set of its own for every client. */
  #missingIn(labels: Labels): '' | undefined {
    for (const _ in labels) return this.#missing();
    return undefined;
  }

  /** @returns whether the level is empty now */
  #deleteFrom(current: Level<T>, labels: Labels, at: number, missing: '' | undefined): boolean {
    const key = keyOf(labels[this.#names[at] ?? ''], missing);
    if (at === this.#depth) current.leaves?.delete(key);
    else {
      const next = current.levels?.get(key);
      if (next !== undefined && this.#deleteFrom(next, labels, at + 1, missing)) current.levels?.delete(key);
    }
    return (current.leaves ?? current.levels)?.size === 0;
  }
}

function keyOf(value: unknown, missing: '' | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return value === undefined || (value === null && missing === '') ? missing : textOf(value);
}
