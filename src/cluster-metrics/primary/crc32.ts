/**
 * The checksum of gzip.
 *
 * Must not know: what is compressed.
 */
import zlib from 'node:zlib';

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 as a table (RFC 1952, section 8), for Node before 20.15, which has none. @param before of the bytes before these */
export function tableCrc32(bytes: Buffer, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

export const crc32: (bytes: Buffer, before?: number) => number = 'crc32' in zlib ? zlib.crc32 : tableCrc32;
