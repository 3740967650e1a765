/** Memory of a filter for each of its texts. */
export const filterBytes = 2;
/** With more of them, few bits are left that are not set. */
const bitsPerText = 4;

/** Tells of most texts that are not among some that they are not (a Bloom filter): one in four hundred passes. */
export function createFilter(count: number, texts: Iterable<string>) {
  const bytes = new Uint8Array(filterBytes * count + 1);
  const bits = 8 * bytes.length;
  for (const text of texts) {
    const hash = hashOf(text);
    for (let i = 0; i < bitsPerText; i++) {
      const place = placeOf(hash, i, bits);
      bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (1 << (place & 7));
    }
  }
  return {
    mayHave(text: string): boolean {
      const hash = hashOf(text);
      for (let i = 0; i < bitsPerText; i++) {
        const place = placeOf(hash, i, bits);
        if (((bytes[place >> 3] ?? 0) & (1 << (place & 7))) === 0) return false;
      }
      return true;
    },
  };
}

/** Double hashing: a second hash is made of the first one (the last steps of MurmurHash3). */
function placeOf(hash: number, i: number, bits: number): number {
  let other = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  other = Math.imul(other ^ (other >>> 13), 0xc2_b2_ae_35);
  other ^= other >>> 16;
  return ((hash + Math.imul(i, other | 1)) >>> 0) % bits;
}

/** FNV-1a, of 32 bits. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01_00_01_93);
  return hash >>> 0;
}
