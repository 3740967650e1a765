import { decodeAs } from '../intake/index.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a body: as UTF-16 if its first bytes show that, else as UTF-8 if it is valid, else in the encoding that the request
 * declares, else in Windows-1252, which old desks on Windows send without declaring it.
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
    // Another encoding, or UTF-8 with an incomplete character: some desks truncate a text by bytes.
  }
  try {
    if (!/^utf-?(?:8|16)/i.test(charset)) return decodeAs(bytes, charset);
  } catch {
    // TextDecoder does not know this name.
  }
  const text = bytes.toString('utf8');
  return /[^\p{ASCII}\uFFFD]/u.test(text) ? text : decodeAs(bytes, 'windows-1252');
}

/** JSON begins with an ASCII character, which has one zero byte in UTF-16, or with a byte order mark. */
function utf16Of([first, second]: Buffer): string | undefined {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return undefined;
}

/** The `charset` of a Content-Type, without quotation marks. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /;\s{0,8}charset\s{0,8}=\s{0,8}"?([\w.:-]{1,40})/i.exec(contentType ?? '')?.[1];
}
