/** Parses the pause that the headers of an answer ask for. */

/** Longer pauses are cut to this. Node's timers fire at once if they are set to more than 24.8 days. Milliseconds. */
export const longestRetryAfterMs = 24 * 3600 * 1000;

const decimal = /^\s{0,10}\d{1,9}(?:\.\d{1,9})?\s{0,10}$/;

/** The time at which a limit ends. Some servers send it with every answer, so it asks for a pause only with 429. */
const resetHeaders = ['x-ratelimit-reset', 'x-rate-limit-reset', 'ratelimit-reset'];

/**
 * Reads OpenAI's and Azure's headers in milliseconds, which are more exact, then `Retry-After`, then with HTTP 429 the time at
 * which the limit ends.
 *
 * @returns milliseconds from now, a day at most; undefined: the answer asks for no pause
 */
export function retryAfterOf(
  status: number,
  headers: NodeJS.Dict<string | string[]>,
  nowMs: number,
): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const value = headers[name];
    if (typeof value === 'string' && decimal.test(value)) return Math.min(Number(value), longestRetryAfterMs);
  }
  const header = headers['retry-after'];
  const asked = typeof header === 'string' ? parseRetryAfter(header, nowMs) : undefined;
  if (asked !== undefined || status !== 429) return asked;
  const reset = resetHeaders.map((name) => headers[name]).find((value) => typeof value === 'string');
  return typeof reset === 'string' ? parseReset(reset, nowMs) : undefined;
}

/**
 * Parses `Retry-After`: an HTTP date, or any form of {@link parseReset}.
 *
 * @returns milliseconds from now, a day at most; undefined if it is invalid
 */
export function parseRetryAfter(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  // Only an HTTP date, of which the oldest form names no zone: Date.parse also takes "1.5" and "-3" for dates.
  if (/^[A-Z][a-z]{2,}, /.test(text)) return until(Date.parse(text), nowMs);
  if (/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/.test(text))
    return until(Date.parse(`${text} GMT`), nowMs);
  // Some servers send the time at which the limit ends.
  return parseReset(text, nowMs);
}

/** Larger numbers are points in time: as a delay this would be 31 years. */
const longestDelaySeconds = 1e9;
/** Larger numbers are milliseconds: as seconds this would be the year 5138. */
const latestSeconds = 1e11;

/**
 * Parses the end of a limit: seconds from now, seconds or milliseconds since 1970, with or without a fraction, or an RFC 3339 time,
 * with or without seconds.
 *
 * @returns milliseconds from now, a day at most; undefined if it is invalid
 */
export function parseReset(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) {
    const number = Number(text);
    if (number < longestDelaySeconds) return Math.min(number * 1000, longestRetryAfterMs);
    return until(number < latestSeconds ? number * 1000 : number, nowMs);
  }
  return until(/^\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.Z+-]{1,20}$/.test(text) ? Date.parse(text) : Number.NaN, nowMs);
}

function until(atMs: number, nowMs: number): number | undefined {
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(0, atMs - nowMs), longestRetryAfterMs);
}
