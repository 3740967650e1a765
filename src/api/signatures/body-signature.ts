/** An HMAC-SHA256 of the body, as desks write it into a header. */

const hex = /^[0-9a-f]{64}$/i;
/** With either alphabet, with or without padding. Node's decoder would ignore other characters. */
const base64 = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * Reads 64 hexadecimal digits in either case, or base64; with or without `sha256=` before them, and a blank behind that.
 *
 * @returns undefined when it is neither
 */
export function readBodySignature(header: string): Buffer | undefined {
  const [, digest = ''] = /^(?:sha-?256=)?[ \t]{0,8}([^ \t]{43,64})[ \t]{0,8}$/i.exec(header) ?? [];
  if (hex.test(digest)) return Buffer.from(digest, 'hex');
  return base64.test(digest) ? Buffer.from(digest, 'base64') : undefined;
}
