import { type Inline, text, webAddress } from './tree.js';

/** How a link of a source is shown in a note. */

const scheme = /^[a-z][a-z0-9+.-]*:/i;
/** Places that a reader goes to by other means than a browser. */
const shownScheme = /^(?:tel|callto|sip|s?ftps?|file|smb|ssh):/i;

/**
 * The address stands beside the text of a link, and is what leads there: a note cannot show one address and lead to another.
 * That of another file, a share or a telephone is shown as text; that of a place in the same page, or of a script, is not.
 */
export function withAddress(shown: Inline[], address: string): Inline[] {
  const safe = webAddress(address);
  if (safe === undefined) {
    const isFile = address !== '' && !scheme.test(address) && !address.startsWith('#') && !address.startsWith('//');
    if (!isFile && !shownScheme.test(address)) return shown;
    const read = decoded(address).replace(/^(?:tel|callto):/i, '');
    return says(shown, read) ? shown : [...shown, text(` (${read})`)];
  }
  const bare = safe.replace(/^mailto:([^?]*).*$/, '$1');
  const itself: Inline = { kind: 'link', address: safe, children: [text(bare)] };
  return [address, bare, bare.replace(/\/$/, '')].some((one) => says(shown, one))
    ? [itself]
    : [...shown, text(' ('), itself, text(')')];
}

function says(shown: readonly Inline[], address: string): boolean {
  const [only] = shown;
  return shown.length === 1 && only?.kind === 'text' && only.text === address;
}

/** Markdown's parser encodes what stands in no address of the web: `%5C` in a path of Windows. */
function decoded(address: string): string {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}
