const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a body. JSON is UTF-8, with or without a byte order mark; what is not, is in the encoding that its byte order
 * mark or the request names.
 *
 * @throws when it is in none of them
 */
export function decodeBody(bytes: Buffer, charset: string | undefined): string {
  const declared = charset?.toLowerCase() ?? '';
  if (!declared.startsWith('utf-16')) {
    try {
      return utf8.decode(bytes);
    } catch (error) {
      const other = byteOrder(bytes) ?? declared;
      if (other === '' || /^utf-?8$/.test(other)) throw error;
      return new TextDecoder(other, { fatal: true }).decode(bytes);
    }
  }
  return new TextDecoder(byteOrder(bytes) ?? declared, { fatal: true }).decode(bytes);
}

function byteOrder([first, second]: Buffer): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return undefined;
}

/** The `charset` of a Content-Type, without quotation marks. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /;\s{0,8}charset\s{0,8}=\s{0,8}"?([\w.:-]{1,40})/i.exec(contentType ?? '')?.[1];
}
