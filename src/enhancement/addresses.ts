import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { LinkifyIt } from 'linkify-it';
import { z } from 'zod';
import { asRead, visibleText } from './markup/visible-text.js';
import { trimmed } from './trimmed.js';

/**
 * Addresses in a text that somebody was talked into: found in every form that a desk, a mail program or a browser makes
 * a link of, and in those that a reader would type in.
 */

/** Top-level domains that no registry has, and networks and attackers use. */
const unregistered =
  'corp example home internal intranet invalid lan local localdomain localhost onion private test'.split(' ');

/** Made at the first note: processes that write none need no list of 1,400 domains. */
let recogniser: LinkifyIt | undefined;

function linkify(): LinkifyIt {
  return (recogniser ??= new LinkifyIt({
    fuzzyLink: true,
    fuzzyEmail: true,
    fuzzyIP: true,
    urlAuth: true,
    tlds: [...z.array(z.string()).parse(createRequire(import.meta.url)('tlds')), ...unregistered],
  }));
}

/** The list and the patterns made of it take 25 ms of the first use: to be called where that adds to no other work. */
export function prepareAddresses(): void {
  if (recogniser === undefined) linkify().test('https://acme.example kim@acme.example');
}

/** Characters. Browsers and desks cut longer ones too. */
const longestAddress = 2048;

/** Any scheme with slashes of either kind, and an address that leaves its scheme out. */
const withSlashes = /:[\\/]{2}|(?:^|[^\p{L}\p{N}:\\/])[\\/]{2}[\p{L}\p{N}[]/u;
/** Schemes that work without slashes. */
const withoutSlashes =
  /(?:^|[^\p{L}\p{N}])(?:https?|ftp|file|mailto|javascript|vbscript|data|blob|tel|callto|sms|sip|skype|magnet|view-source):[^\s]/iu;
/** Those of Windows, such as `ms-settings:`. Entered where a word begins, so that a long one is read once. */
const ofWindows = /(?<![\p{L}\p{N}-])-*ms-[a-z-]+:[^\s]/iu;
const userAtHost = /[\p{L}\p{N}]@[\p{L}\p{N}[]/u;
/** Dots as people write them who do not want a filter to see an address. */
const hiddenDot = /\[\.\]|\(\.\)|\{\.\}/g;
/** Host names do not begin or end with them. */
const noEnds = new Set('.-');
const betweenHosts = /[^\p{L}\p{N}.-]+/u;
const bracketed = /\[([0-9a-f:.]{2,45})\]/i;

/** What may stand around an address in a sentence. */
const opening = new Set('"\'“”‘’«»([{<*_`');
const closing = new Set('"\'“”‘’«»)]}>*_`.,;:!?…');

/** A word without the marks of the sentence around it. */
const bare = (word: string): string => trimmed(word, opening, closing);

function holdsAddress(word: string): boolean {
  if (word.length > longestAddress) return /[.:@\\/]/.test(word);
  const plain = word.replace(hiddenDot, '.');
  if ([withSlashes, withoutSlashes, ofWindows, userAtHost].some((form) => form.test(plain))) return true;
  if (isIP(bare(plain)) !== 0 || isIP(bracketed.exec(plain)?.[1] ?? '') !== 0) return true;
  // One host at a time: what stands beside it (`_`, `@`, a port) keeps a link recogniser from seeing it.
  return linkify().test(plain) || plain.split(betweenHosts).some((part) => linkify().test(trimmed(part, noEnds)));
}

/** The same for two ways to write one address: host in any case, Unicode or ASCII. */
function canonical(address: string): string {
  return URL.canParse(address) ? new URL(address).href : address.toLowerCase();
}

/** All addresses of some texts, whole. */
export function addressesIn(texts: Iterable<string>): ReadonlySet<string> {
  const known = new Set<string>();
  for (const text of texts) {
    for (const word of visibleText(text).split(/\s+/)) {
      const read = asRead(word);
      if (!holdsAddress(read)) continue;
      known.add(canonical(bare(read)));
      // In Markdown, `[VPN](https://wiki.example/vpn)` is one word.
      if (read.length <= longestAddress) for (const { raw } of linkify().match(read) ?? []) known.add(canonical(raw));
    }
  }
  return known;
}

/**
 * Puts `mark` in the place of every word with an address that is not known: a word as a whole, so that no part of an
 * unknown address (`www.acme.example` of `www.acme.example.evil.example`) passes for a known one.
 */
export function withoutUnknownAddresses(text: string, known: ReadonlySet<string>, mark = '(address removed)'): string {
  return visibleText(text)
    .split(/(\s+)/)
    .map((word) => {
      const read = asRead(word);
      if (!holdsAddress(read)) return word;
      return known.has(canonical(bare(read))) ? read : mark;
    })
    .join('');
}
