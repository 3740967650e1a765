/** An HMAC-SHA256 of the body, as desks write it into a header. */

const hex = /^[0-9a-f]{64}$/i;
/** With either alphabet, with or without padding. Node's decoder would ignore other characters. */
const base64 = /^[A-Za-z0-9+/_-]{43}=?$/;

/** As .NET prints bytes. */
const dashedHex = /^(?:[0-9a-f]{2}-){31}[0-9a-f]{2}$/i;

/**
 * Reads 64 hexadecimal digits in either case, or base64; with or without `sha256=`, `sha256:` or `hmac-sha256=` before them, a blank
 * behind that, and quotation marks around all.
 *
 * @returns undefined when it is neither
 */
export function readBodySignature(header: string): Buffer | undefined {
  const [, written = ''] = /^"?(?:(?:hmac-)?sha-?256[=: ])?[ \t]{0,8}([^ \t"]{43,95})"?[ \t]{0,8}$/i.exec(header) ?? [];
  const digest = dashedHex.test(written) ? written.replaceAll('-', '') : written;
  if (hex.test(digest)) return Buffer.from(digest, 'hex');
  return base64.test(digest) ? Buffer.from(digest, 'base64') : undefined;
}
