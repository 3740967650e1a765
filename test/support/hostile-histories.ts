import type { ResolvedTicket } from '../../src/enhancement/index.js';

/** Histories that an index in memory is worst at: much text, and many words that few tickets have. */

const letters = 'bcdfghjklmnpqrtvwxz';

/** The same seven letters for the same number, and for few others. */
export function wordOf(number: number): string {
  let word = '';
  for (let i = 0, rest = number * 7919 + 17; i < 7; i++, rest = Math.floor(rest / 19) + i * 3) {
    word += letters[rest % letters.length];
  }
  return word;
}

/** Numbers that look random, the same ones each time. */
function shuffled(number: number, below: number): number {
  return Math.imul(number + 1, 2_654_435_761) % below;
}

export interface HostileHistory {
  readonly what: string;
  readonly tickets: number;
  /** Of description and resolution together. */
  readonly characters: number;
  /** How many words it has; Infinity: none twice. */
  readonly words: number;
}

/**
 * Without bounds in bytes, their indexes take 380 MB: 45 the first, by its length, and 335 the second, which has 4 MB of text,
 * by its words.
 */
export const hostileHistories: readonly HostileHistory[] = [
  { what: '400 tickets of 20 kB', tickets: 400, characters: 20_000, words: 2000 },
  { what: '1,200 tickets with no word twice', tickets: 1200, characters: 3000, words: Number.POSITIVE_INFINITY },
];

/** More than is kept of a history. */
export const longestHistory: HostileHistory = {
  what: '3,000 tickets of 20 kB',
  tickets: 3000,
  characters: 20_000,
  words: 2000,
};

export function hostileTicket({ characters, words }: HostileHistory, number: number): ResolvedTicket {
  const perTicket = Math.floor(characters / 8);
  const all = Array.from({ length: perTicket }, (_, i) => {
    const nth = number * perTicket + i;
    return wordOf(words === Number.POSITIVE_INFINITY ? nth : Math.abs(shuffled(nth, words)));
  });
  return {
    ticketId: `H-${number}`,
    subject: `VPN drops every hour ${number}`,
    description: all.slice(0, perTicket / 2).join(' '),
    resolution: `Raised the rekey interval. ${all.slice(perTicket / 2).join(' ')}`,
    resolvedAt: '2026-10-01T12:00:00Z',
    tags: ['vpn'],
  };
}
