/**
 * Keeps a process or thread alive for as long as a message of the library is under way, and for no longer than a few seconds:
 * a primary that does not answer must not hold a program that has ended otherwise.
 *
 * Must not know: what is under way.
 */

const longestMs = 5000;

export class KeptAlive {
  readonly #handle: { ref(): void; unref(): void };
  #timer: NodeJS.Timeout | undefined;

  constructor(handle: { ref(): void; unref(): void }) {
    this.#handle = handle;
  }

  hold(): void {
    this.#handle.ref();
    this.#timer ??= setTimeout(() => this.release(), longestMs).unref();
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#handle.unref();
  }
}
