/**
 * Asks children for what only a `collect` function finds, when a scrape comes. Only children that have such metrics are
 * asked, and none is waited for twice in a row without an answer.
 * Must not know: what is collected, nor what a scrape prints.
 */
import type { Frame } from '../../wire/protocol.js';
import type { ChildLink } from '../../wire/channels/transport.js';
import { within } from '../../wire/pace.js';

interface Collecting {
  /** The last request, while it has not been answered. */
  unanswered?: number | undefined;
  /** It did not answer in time, and has not reported since. */
  isLate: boolean;
  answered(): void;
}

export class Collection {
  readonly #children = new Map<ChildLink, Collecting>();
  #lastId = 0;
  #asking: Promise<void> | undefined;

  reported(link: ChildLink, { collects, collected }: Pick<Frame, 'collects' | 'collected'>): void {
    if (collects === false) this.gone(link);
    let child = this.#children.get(link);
    if (child === undefined) {
      if (collects !== true) return;
      child = { isLate: false, answered: () => undefined };
      this.#children.set(link, child);
    }
    child.isLate = false;
    if (collected === undefined || collected !== child.unanswered) return;
    child.unanswered = undefined;
    child.answered();
  }

  gone(link: ChildLink): void {
    this.#children.get(link)?.answered();
    this.#children.delete(link);
  }

  /** Resolves after `waitMs` at the latest. Scrapes that come while children are being asked share the answers. */
  ask(waitMs: number): Promise<void> {
    this.#asking ??= this.#askAll(waitMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askAll(waitMs: number): Promise<void> {
    const id = ++this.#lastId;
    // One that did not answer has its request still, and reads it when it can.
    const asked = [...this.#children].filter(([, { isLate }]) => !isLate);
    if (asked.length === 0) return;
    const answers = asked.map(([link, child]) => {
      child.unanswered = id;
      const answer = new Promise<void>((resolve) => {
        child.answered = resolve;
      });
      link.send({ type: 'cluster-metrics:collect', id });
      return answer;
    });
    await within(waitMs, Promise.all(answers));
    for (const [, child] of asked) child.isLate = child.unanswered !== undefined;
  }
}
