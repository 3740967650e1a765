/** Memory of a filter for each of its texts. */
export const filterBytes = 2;

/** Tells of most texts that are not among some that they are not (a Bloom filter with one hash): one in sixteen passes. */
export function createFilter(count: number, texts: Iterable<string>) {
  const bits = new Uint8Array(filterBytes * count + 1);
  const placeOf = (text: string): number => hashOf(text) % (8 * bits.length);
  for (const text of texts) {
    const place = placeOf(text);
    bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
  }
  return {
    mayHave(text: string): boolean {
      const place = placeOf(text);
      return ((bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
    },
  };
}

/** FNV-1a, of 32 bits. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01_00_01_93);
  return hash >>> 0;
}
