import { format } from 'node:util';
import type { Logger } from './logger.js';

/** Bound of the distinct texts: those with a port, an id or a time in them never repeat. */
const mostTexts = 100;

const levels = { log: 'info', info: 'info', warn: 'warn', error: 'error' } as const;

/** A method of the console that libraries print with. */
export const consoleMethods = ['log', 'info', 'warn', 'error'] as const;
type ConsoleMethod = (typeof consoleMethods)[number];

/**
 * Receives what libraries print to the console of this thread, each text once. ioredis, for example, warns at every connection of a
 * password that the server does not need, which would not be a line of JSON.
 *
 * @param console default: the thread's own
 */
export function catchConsole(
  tell: (method: ConsoleMethod, text: string) => void,
  console: Partial<Console> = globalThis.console,
): void {
  const told = new Set<string>();
  for (const method of consoleMethods) {
    console[method] = (...values: unknown[]): void => {
      const text = format(...values);
      if (told.has(text) || told.size >= mostTexts) return;
      told.add(text);
      tell(method, text);
    };
  }
}

/** Makes lines of the log of what libraries print to the console. */
export function logConsole(log: Logger, console?: Partial<Console>): void {
  catchConsole((method, text) => log[levels[method]]({ console: method }, text), console);
}
