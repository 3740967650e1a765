/**
 * Asks children for what only a `collect` function finds, when a scrape comes. Only children that have such metrics are
 * asked, and none is waited for twice in a row without an answer.
 *
 * Must not know: what is collected, nor what a scrape prints.
 */
import type { Frame } from '../wire/protocol.js';
import type { ChildLink } from '../wire/transport.js';
import { within } from './within.js';

interface Collecting {
  /** The last request that it has not answered; undefined: none. */
  unanswered: number | undefined;
  /** It has reported since its request timed out, or there was none. */
  isResponsive: boolean;
}

export class Collection {
  readonly #children = new Map<ChildLink, Collecting>();
  readonly #waiting = new Map<ChildLink, () => void>();
  #lastId = 0;
  #asking: Promise<void> | undefined;

  reported(link: ChildLink, { collects, collected }: Pick<Frame, 'collects' | 'collected'>): void {
    if (collects === false) this.gone(link);
    let child = this.#children.get(link);
    if (collects === true && child === undefined) {
      child = { unanswered: undefined, isResponsive: true };
      this.#children.set(link, child);
    }
    if (child === undefined) return;
    child.isResponsive = true;
    if (collected === undefined || child.unanswered !== collected) return;
    child.unanswered = undefined;
    this.#answered(link);
  }

  gone(link: ChildLink): void {
    this.#children.delete(link);
    this.#answered(link);
  }

  /** Scrapes that come while children are being asked share the answers. */
  ask(waitMs: number): Promise<void> {
    this.#asking ??= this.#askAll(waitMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askAll(waitMs: number): Promise<void> {
    const id = ++this.#lastId;
    const answers: Promise<void>[] = [];
    for (const [link, child] of this.#children) {
      // One that did not answer has its request still, and reads it when it can.
      if (child.unanswered !== undefined && !child.isResponsive) continue;
      child.unanswered = id;
      answers.push(new Promise((resolve) => this.#waiting.set(link, resolve)));
      link.send({ type: 'cluster-metrics:collect', id });
    }
    if (answers.length === 0) return;
    await within(waitMs, Promise.all(answers));
    for (const link of this.#waiting.keys()) {
      const child = this.#children.get(link);
      if (child !== undefined) child.isResponsive = false;
    }
    this.#waiting.clear();
  }

  #answered(link: ChildLink): void {
    this.#waiting.get(link)?.();
    this.#waiting.delete(link);
  }
}
