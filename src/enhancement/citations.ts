import type { Excerpt } from './excerpt.js';
import { negation, termsOf } from './tokenization.js';
import type { ResolvedTicket } from './ticket.js';
import type { CitationOutcome } from './vocabulary.js';

/** Whether a source that a note cited had to do with how its ticket was solved. */

/** What is kept of a cited source until its ticket is resolved: a few hundred bytes. */
export interface CitedSource {
  readonly id: string;
  readonly title: string;
  /** Of its quote, each once. */
  readonly terms: readonly string[];
}

const mostTerms = 60;
const longestName = 200;
/** Characters of a resolution that are compared. */
const longestResolution = 10_000;

export function citedSource({ id, title, quote }: Excerpt): CitedSource {
  return {
    id: id.slice(0, longestName),
    title: title.slice(0, longestName),
    terms: [...new Set(termsOf(quote))].slice(0, mostTerms),
  };
}

/**
 * The best of all cited sources:
 * - `named`: the resolution has the source's id or title;
 * - `resembled`: it has enough of what the source says and the ticket did not;
 * - `unrelated`: neither.
 */
export function outcomeOf(
  { subject, description, resolution }: Pick<ResolvedTicket, 'subject' | 'description' | 'resolution'>,
  cited: readonly CitedSource[],
): CitationOutcome {
  const text = resolution.slice(0, longestResolution);
  if (cited.some((source) => names(text, source))) return 'named';
  // What the ticket says itself is no sign that a source was used.
  const asked = new Set(termsOf(`${subject}\n${description}`.slice(0, longestResolution)));
  const said = new Set(termsOf(text).filter((term) => !asked.has(term)));
  const resembles = ({ terms }: CitedSource): boolean => {
    const own = terms.filter((term) => !asked.has(term) && term !== negation);
    const shared = own.filter((term) => said.has(term)).length;
    return shared >= leastShared && shared >= leastShare * Math.min(own.length, said.size);
  };
  return cited.some(resembles) ? 'resembled' : 'unrelated';
}

/**
 * Measured on the histories of the demo tenants: so much is shared with the best article for a ticket by 63% of its resolutions, with
 * an article for another ticket by 3%.
 */
const leastShared = 3;
const leastShare = 0.25;

/** Characters. A shorter title is a word of the trade. */
const shortestTitle = 12;

function names(resolution: string, { id, title }: CitedSource): boolean {
  const text = resolution.toLowerCase();
  const name = id.slice(id.lastIndexOf('/') + 1).toLowerCase();
  // A number alone may be anything: `#4711` is a ticket.
  const isNamed = /^\d+$/.test(name) ? holds(text, `#${name}`) : name.length > 2 && holds(text, name);
  return isNamed || (title.length >= shortestTitle && holds(text, title.toLowerCase()));
}

/** As a whole: `acm-1` does not stand in `acm-12`. */
function holds(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const before = text.charAt(at - 1);
    const after = text.charAt(at + name.length);
    if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)) return true;
  }
  return false;
}
