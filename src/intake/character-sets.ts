/** Windows-1252 from 0x80 to 0x9F, where Latin-1 has control characters. */
const windows = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';

/** UTF-16 code units by byte. */
export const windows1252: readonly number[] = Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 && byte < 0xa0 ? windows.charCodeAt(byte - 0x80) : byte,
);

/** Names of Windows-1252, and of encodings that are Windows-1252 in practice (as in the WHATWG Encoding Standard). */
const western = /^(?:(?:windows-|x-|cp-?)?(?:cp)?1252|iso[-_]?8859-1|latin-?1|(?:us-)?ascii)$/i;

/**
 * Decodes bytes in a character set; invalid bytes become U+FFFD. Windows-1252 is decoded here, because some releases of Node
 * decode it as Latin-1.
 *
 * @throws {RangeError} when no character set has this name
 */
export function decodeAs(bytes: Buffer, charset: string): string {
  if (!western.test(charset)) return new TextDecoder(charset).decode(bytes);
  const units = Buffer.alloc(2 * bytes.length);
  // An iterator over a megabyte would block the event loop.
  for (let at = 0; at < bytes.length; at++) units.writeUInt16LE(windows1252[bytes[at] ?? 0] ?? 0, 2 * at);
  return units.toString('utf16le');
}
