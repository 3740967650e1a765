import type { IncomingHttpHeaders } from 'node:http';
import { retryAfterOf } from '../retry-after.js';
import type { DeskHttpOptions } from './desk-http.js';
import type { ReadTools } from './desk-kind.js';

/** How an import reads from a desk beside a service that writes notes to it. */

/** Desks tell with each answer how many requests they still take: in all, and left. */
const limitHeaders = [
  ['x-ratelimit-limit', 'x-ratelimit-remaining'],
  ['x-ratelimit-total', 'x-ratelimit-remaining'],
  ['x-rate-limit', 'x-rate-limit-remaining'],
] as const;

/** Of a desk's limit: for the notes of the service. */
const leftForNotes = 0.2;
/** Where the desk does not say when its limit ends. */
const defaultPauseMs = 15_000;
const longestPauseMs = 60_000;

/** A page of tickets with long descriptions and many fields of their own. */
const bounds = { bytes: 32 * 1024 * 1024, structure: 2_000_000 };

/**
 * Requests with larger answers, and a pause before each one that would use the part of the desk's limit which the service's
 * notes need.
 */
export function readGently(options: DeskHttpOptions, { pause }: Pick<ReadTools, 'pause'>): DeskHttpOptions {
  let pauseMs = 0;
  return {
    ...options,
    bounds,
    async headers(signal) {
      if (pauseMs > 0) await pause(pauseMs, signal);
      pauseMs = 0;
      return options.headers(signal);
    },
    read(answer, body) {
      if (isNearlyUsed(answer.headers)) {
        // The headers that say when the limit ends count here without a refusal, too.
        const resetMs = retryAfterOf(429, answer.headers, Date.now()) ?? defaultPauseMs;
        pauseMs = Math.min(Math.max(resetMs, 1), longestPauseMs);
      }
      return options.read(answer, body);
    },
  };
}

function isNearlyUsed(headers: IncomingHttpHeaders): boolean {
  return limitHeaders.some(([total, left]) => {
    const [all, remaining] = [numberOf(headers[total]), numberOf(headers[left])];
    return all !== undefined && remaining !== undefined && remaining < all * leftForNotes;
  });
}

function numberOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}
