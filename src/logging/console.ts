import { format } from 'node:util';
import type { Logger } from './logger.js';

/** Texts with a port, an id or a time in them are different ones. */
const mostTexts = 100;

const levels = { log: 'info', info: 'info', warn: 'warn', error: 'error' } as const;

/**
 * Makes lines of the log of what libraries print to the console, each text once. ioredis, for one, warns at every connection of
 * a password that the server does not need, and an output of JSON lines is no place for its sentence.
 *
 * @param console default: the process' own
 */
export function logConsole(log: Logger, console: Partial<Console> = globalThis.console): void {
  const told = new Set<string>();
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    console[method] = (...values: unknown[]): void => {
      const text = format(...values);
      if (told.has(text) || told.size >= mostTexts) return;
      told.add(text);
      log[levels[method]]({ console: method }, text);
    };
  }
}
