import { format } from 'node:util';
import type { Logger } from './logger.js';

/** Bound of the distinct texts: those with a port, an id or a time in them never repeat. */
const mostTexts = 100;

const levels = { log: 'info', info: 'info', warn: 'warn', error: 'error' } as const;

/**
 * Logs what libraries print to the console, each text once. ioredis, for example, warns at every connection of a password that
 * the server does not need, which would not be a line of JSON.
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
