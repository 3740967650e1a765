/** Text of the messages of state-reasons.ts. */

/** Items that a sentence names; the others are counted. */
const namedAtMost = 3;

/** @returns undefined for no items */
export function listed<T>(
  what: string,
  all: readonly T[],
  describe: (one: T) => string,
  advice: string,
): string | undefined {
  if (all.length === 0) return undefined;
  const more = all.length > namedAtMost ? `; and ${all.length - namedAtMost} more` : '';
  return `${what}: ${all.slice(0, namedAtMost).map(describe).join('; ')}${more}; ${advice}.`;
}

/** Length of a quotation in characters: the beginning of a message says what is wrong. `jobs deferred` shows all of it. */
const longestQuotation = 200;

/** `, “message”`: a quotation to append to a sentence, cut between words; empty for an empty message. */
export function quotation(message: string): string {
  const words = message.replace(/\s+/g, ' ').trim();
  if (words === '') return '';
  const shown =
    words.length <= longestQuotation ? words : `${words.slice(0, longestQuotation).replace(/\s\S*$/, '')} …`;
  return `, “${shown.replace(/\.$/, '')}”`;
}

export function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** `2026-11-28 10:03:11 UTC`: with the date, because it may have been so since yesterday. */
export function moment(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

export function sentenceOf(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
