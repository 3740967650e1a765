import { longestRetryAfterMs, retryAfterOf } from '../retry-after.js';
import { firstOf } from './first-of.js';

/** Pauses that endpoints ask for in the body of a refusal, where their headers name none. Milliseconds, a day at most. */

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** A number with its unit: `20s`, `7.66s`, `20ms`, `26 seconds`. */
const amount =
  /(?<number>\d{1,9}(?:\.\d{1,12})?) ?(?:(?<ms>ms|milliseconds?)|(?<s>s|secs?|seconds?)|(?<m>m|mins?|minutes?)|(?<h>h|hrs?|hours?)|(?<d>d|days?))(?![a-z])/y;
/** Behind these words: "Please try again in 6m0s", "Please retry after 26 seconds", "will reset after 2h7m23s". */
const introduction =
  /(?:try again|retry|retrying|resets?|wait)(?: your request)?(?: in| after| for)?(?: about| approximately| at least)?:? (?=\d)/g;
/** Parts of a duration, such as hours, minutes and seconds. */
const mostParts = 4;
/** Introductions that are tried. */
const mostPlaces = 5;

/** @param words of a refusal, without what they quote of the request */
export function pauseInWords(words: string): number | undefined {
  const text = words.toLowerCase();
  const places = [...text.matchAll(introduction)].slice(0, mostPlaces);
  return firstOf(places, ({ 0: found, index }) => durationAt(text, index + found.length));
}

function durationAt(text: string, start: number): number | undefined {
  let total: number | undefined;
  let at = start;
  for (let parts = 0; parts < mostParts; parts++) {
    amount.lastIndex = at;
    const groups = amount.exec(text)?.groups;
    // In `6m0s` a part begins where the one before ends, in `1 hour 5 minutes` behind a blank.
    if (groups === undefined) break;
    const eachMs = firstOf(Object.entries(unitMs), ([unit, ms]) => (groups[unit] === undefined ? undefined : ms));
    total = (total ?? 0) + Number(groups['number']) * (eachMs ?? unitMs.s);
    at = amount.lastIndex + (text.charAt(amount.lastIndex) === ' ' ? 1 : 0);
  }
  return total === undefined ? undefined : Math.min(total, longestRetryAfterMs);
}

/** Fields that hold a pause in seconds or as text with a unit, and in milliseconds. */
const secondsFields = [
  'retryDelay',
  'retry_after',
  'retryAfter',
  'retry_after_seconds',
  'retryAfterSeconds',
  'estimated_time',
];
const millisecondsFields = ['retry_after_ms', 'retryAfterMs'];
/** Objects on the way to them: Gemini's `details`, FastAPI's `detail`, OpenRouter's `metadata`. */
const leadingFields = ['error', 'details', 'detail', 'metadata', 'parameters'];
const mostEntries = 20;

/** @param told the body of a refusal: `google.rpc.RetryInfo`, `retry_after`, or the headers of the endpoint behind a router */
export function pauseInFields(told: unknown, status: number, nowMs: number, depth = 6): number | undefined {
  if (depth === 0 || typeof told !== 'object' || told === null) return undefined;
  if (Array.isArray(told))
    return firstOf(told.slice(0, mostEntries), (one) => pauseInFields(one, status, nowMs, depth - 1));
  const fields = new Map<string, unknown>(Object.entries(told));
  const own =
    firstOf(millisecondsFields, (name) => pauseOf(fields.get(name), 1)) ??
    firstOf(secondsFields, (name) => pauseOf(fields.get(name), unitMs.s)) ??
    retryAfterOf(status, headersIn(fields.get('headers')), nowMs);
  return own ?? firstOf(leadingFields, (name) => pauseInFields(fields.get(name), status, nowMs, depth - 1));
}

function pauseOf(value: unknown, bareUnitMs: number): number | undefined {
  if (typeof value === 'string') {
    const text = value.trim().toLowerCase();
    return (
      durationAt(text, 0) ?? (/^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? pauseOf(Number(text), bareUnitMs) : undefined)
    );
  }
  return typeof value === 'number' && value >= 0 ? Math.min(value * bareUnitMs, longestRetryAfterMs) : undefined;
}

function headersIn(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  const headers: Record<string, string> = {};
  for (const [name, told] of Object.entries(value).slice(0, mostEntries)) {
    const text: unknown = told;
    if (typeof text === 'string' || typeof text === 'number') headers[name.toLowerCase()] = String(text);
  }
  return headers;
}
