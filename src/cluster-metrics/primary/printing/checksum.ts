/**
 * The CRC-32 of bytes (RFC 1952, section 8) from those of their parts: a part that has not changed is not read again.
 * Must not know: what is in a part.
 */

/** x^32 + x^26 + x^23 + … + 1. As in a CRC-32, the highest bit is the coefficient of x^0. */
const polynomial = 0xedb88320;
const one = 0x80000000;

export interface Checksum {
  readonly crc: number;
  /** What the checksum of the bytes before is multiplied by: x to the power of the number of bits. */
  readonly shift: number;
}

/** Modulo the polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let rest = a | 0, factor = b; rest !== 0; rest <<= 1) {
    if (rest < 0) product ^= factor;
    factor = (factor >>> 1) ^ ((factor & 1) === 0 ? 0 : polynomial);
  }
  return product;
}

/** x to the powers of 8, 16, 32 and so on. */
const powers = [one >>> 8];

export function checksumOf(crc: number, bytes: number): Checksum {
  let shift = one;
  for (let i = 0, rest = bytes; rest > 0; i++, rest = Math.floor(rest / 2)) {
    const power = (powers[i] ??= multiply(powers[i - 1] ?? 0, powers[i - 1] ?? 0));
    if (rest % 2 === 1) shift = multiply(power, shift);
  }
  return { crc, shift };
}

/** Of the bytes of `crc` with others behind them. */
export function append(crc: number, { crc: last, shift }: Checksum): number {
  return (multiply(shift, crc) ^ last) >>> 0;
}
