/**
 * Printed bytes that any number of answers share, and their compression into one member of gzip (RFC 1952), in which those of an
 * earlier answer keep their compressed bytes.
 * Must not know: what is in a piece.
 */
import { promisify } from 'node:util';
import zlib, { constants, deflateRaw, deflateRawSync } from 'node:zlib';
import { Pace } from '../../wire/pace.js';

/** Printed bytes, which never change. */
export class Piece {
  readonly bytes: Buffer;
  /** Compressed together with these neighbours, in the answer that had it last. */
  run: Run | undefined;
  /** Compressed by itself. */
  deflated: Uint8Array | undefined;
  /** Of the bytes, once they are compressed. */
  checksum: Checksum | undefined;

  constructor(
    text: string,
    /** Lines of the text format in it that are series. */
    readonly series: number,
  ) {
    this.bytes = Buffer.from(text);
  }
}

interface Run {
  readonly pieces: readonly Piece[];
  readonly deflated: Promise<Uint8Array>;
}

const deflate = promisify(deflateRaw);
const gzipWhole = promisify(zlib.gzip);

/**
 * Blocks of DEFLATE (RFC 1951) that end at a byte and are not the last of their stream, so that those of several pieces can
 * stand one after the other. Level 1: the text is so repetitive that more is not worth its time.
 */
const deflateOptions = { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH };

/** For some kB a window of 8 kB and little memory give the same size in less than half the time: zlib clears what it takes. */
const pieceOptions = { ...deflateOptions, windowBits: 13, memLevel: 4 };

/** Pieces that are compressed together: so many that it is worth another thread, so few that they are joined at once. */
const shortestRun = 8;
const longestRun = 64;
/** Each holds a copy of its bytes. */
const runsAtOnce = 3;
/** Magic number, DEFLATE, no flags, no time, fastest algorithm, unknown system (RFC 1952, section 2.3). */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
/** An empty block with fixed codes, marked as the last one (RFC 1951, section 3.2.3). */
const lastBlock = Buffer.from([3, 0]);

/**
 * New pieces are compressed in long runs on other threads, because most of them change again before the next answer. A run
 * that the next answer has whole keeps its bytes. Of one that has changed, each piece is compressed by itself, once. Works in
 * slices of a few milliseconds.
 */
export async function gzip(all: readonly Piece[]): Promise<Buffer> {
  const pieces = all.filter(({ bytes }) => bytes.length > 0); // Node would end the stream for an empty one
  // Before Node 20.15.
  if (!('crc32' in zlib))
    return gzipWhole(Buffer.concat(pieces.map(({ bytes }) => bytes)), { level: deflateOptions.level });
  const parts: (Uint8Array | Run)[] = [];
  const underWay: Promise<Uint8Array>[] = [];
  let fresh: Piece[] = [];
  const endRun = async (): Promise<void> => {
    const ended = fresh;
    fresh = [];
    if (ended.length < shortestRun) {
      parts.push(...ended.map(deflatedAlone));
      return;
    }
    const deflated = deflate(Buffer.concat(ended.map(({ bytes }) => bytes)), deflateOptions);
    const run: Run = { pieces: ended, deflated };
    for (const piece of ended) piece.run = run;
    // It rejects where it is awaited; the next answer tries again.
    deflated.catch(() => {
      for (const piece of ended) piece.run = undefined;
    });
    parts.push(run);
    underWay.push(deflated);
    if (underWay.length >= runsAtOnce) await underWay.shift();
  };
  const pace = new Pace();
  let crc = 0;
  let length = 0;
  for (const piece of pieces) {
    piece.checksum ??= checksumOf(zlib.crc32(piece.bytes), piece.bytes.length);
    crc = append(crc, piece.checksum);
    length += piece.bytes.length;
    if (pace.isDue) await pace.turn();
  }
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece === undefined) continue;
    const { run, deflated } = piece;
    if (run === undefined && deflated === undefined) {
      if (fresh.push(piece) === longestRun) await endRun();
    } else {
      if (fresh.length > 0) await endRun();
      const whole = run?.pieces.every((one, at) => one === pieces[i + at]) === true ? run : undefined;
      parts.push(whole ?? deflatedAlone(piece));
      if (whole !== undefined) i += whole.pieces.length - 1;
    }
    if (pace.isDue) await pace.turn();
  }
  await endRun();
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  const compressed: Uint8Array[] = [];
  for (const part of parts) compressed.push(part instanceof Uint8Array ? part : await part.deflated);
  return Buffer.concat([header, ...compressed, lastBlock, trailer]);
}

function deflatedAlone(piece: Piece): Uint8Array {
  piece.run = undefined;
  // Node gives a slice of 16 kB, all of which the slice would keep alive.
  piece.deflated ??= new Uint8Array(deflateRawSync(piece.bytes, pieceOptions));
  return piece.deflated;
}

/** Of CRC-32: x^32 + x^26 + x^23 + … + 1. As in a checksum, the highest bit is the coefficient of x^0. */
const polynomial = 0xedb88320;
const one = 0x80000000;

/** CRC-32 and the factor by which the CRC of preceding bytes is multiplied: what has not changed is not read again. */
interface Checksum {
  readonly crc: number;
  /** x to the power of the number of bits. */
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

/** CRC of two parts from those of each. */
export function append(crc: number, { crc: last, shift }: Checksum): number {
  return (multiply(shift, crc) ^ last) >>> 0;
}
