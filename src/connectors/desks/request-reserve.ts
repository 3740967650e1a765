import type { IncomingHttpHeaders } from 'node:http';
import { retryAfterOf } from '../retry-after.js';
import type { DeskHttpOptions } from './desk-http.js';
import type { ReadTools } from './desk-kind.js';

/** Keeps a part of a desk's request limit for the service's notes while an import reads from the desk. */

/** Headers in which desks state their limit of requests, and how many of them are left. */
const limitHeaders = [
  ['x-ratelimit-limit', 'x-ratelimit-remaining'],
  ['x-ratelimit-total', 'x-ratelimit-remaining'],
  ['x-rate-limit', 'x-rate-limit-remaining'],
] as const;

/** The part of a desk's limit that an import leaves to the service. */
const reserve = 0.2;
/** Pause if the desk does not state when its limit ends. Milliseconds. */
const defaultPauseMs = 15_000;
const longestPauseMs = 60_000;

/** For a page of tickets with long descriptions and many custom fields. */
const bounds = { bytes: 32 * 1024 * 1024, structure: 2_000_000 };

/**
 * Allows larger answers, and pauses before a request that would use the reserve.
 */
export function withRequestReserve(options: DeskHttpOptions, { pause }: Pick<ReadTools, 'pause'>): DeskHttpOptions {
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
        // As if the desk had answered 429: the time at which the limit ends is then read from any answer.
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
    return all !== undefined && remaining !== undefined && remaining < all * reserve;
  });
}

function numberOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}
