import { decodeAs } from '../intake/index.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a body. JSON is UTF-8, with or without a byte order mark; what is not, is in the encoding that its bytes show,
 * or that the request names, or else, as old desks on Windows send it, in Windows-1252.
 */
export function decodeBody(bytes: Buffer, charset: string | undefined): string {
  const utf16 = utf16Of(bytes);
  return (utf16 === undefined ? decodeBytes(bytes, charset) : decodeAs(bytes, utf16))
    .replace(/^\uFEFF+/, '')
    .replace(/(?<!\0)\0+$/, '');
}

function decodeBytes(bytes: Buffer, charset = 'utf-8'): string {
  try {
    return utf8.decode(bytes);
  } catch {
    // Another encoding, or UTF-8 with a damaged character: a desk may cut a text in the middle of one.
  }
  try {
    if (!/^utf-?(?:8|16)/i.test(charset)) return decodeAs(bytes, charset);
  } catch {
    // A name that nobody knows.
  }
  const text = bytes.toString('utf8');
  return /[^\p{ASCII}\uFFFD]/u.test(text) ? text : decodeAs(bytes, 'windows-1252');
}

/** JSON begins with a character of ASCII, of which one byte in UTF-16 is zero, or with a byte order mark. */
function utf16Of([first, second]: Buffer): string | undefined {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return undefined;
}

/** The `charset` of a Content-Type, without quotation marks. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /;\s{0,8}charset\s{0,8}=\s{0,8}"?([\w.:-]{1,40})/i.exec(contentType ?? '')?.[1];
}
