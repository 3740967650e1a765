/**
 * A part of an answer that answers share, as it is and compressed.
 *
 * Must not know: what is printed in it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync } from 'node:zlib';
import { crc32 } from './crc32.js';

/**
 * Blocks of DEFLATE (RFC 1951) that end at a byte and are not the last of their stream, so that those of several pieces can
 * stand one after the other. Level 1: the text is so repetitive that more is not worth its time.
 */
const options = { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH };

/** Printed bytes, which never change: any number of answers may hold them. */
export class Piece {
  #deflated: Buffer | undefined;
  /** An answer had it already, by itself or together with others. */
  wasCompressed = false;

  constructor(
    readonly bytes: Buffer,
    /** Lines of the text format in it that are series. */
    readonly series: number,
  ) {}

  /** Compressed by itself at the first call, and kept. */
  get deflated(): Buffer {
    // Node gives a slice of 16 kB.
    this.#deflated ??= ownCopy(deflateRawSync(this.bytes, options));
    return this.#deflated;
  }
}

/** In memory of its own: a slice would keep all of the memory alive that it is a part of. */
export function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Milliseconds of work, after which other work of the process gets its turn. */
const sliceMs = 4;
/** Pieces that are compressed together: so many that it is worth another thread, so few that they are joined at once. */
const shortestRun = 8;
const longestRun = 64;
/** Magic number, DEFLATE, no flags, no time, fastest algorithm, unknown system (RFC 1952, section 2.3). */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
/** An empty block with fixed codes, marked as the last one (RFC 1951, section 3.2.3). */
const lastBlock = Buffer.from([3, 0]);

const deflate = promisify(deflateRaw);

/**
 * All pieces as one member of gzip (RFC 1952). What changes from answer to answer is mostly compressed in long runs, on
 * other threads; a piece that is by itself, or that a second answer has, is compressed once. Works in slices of a few
 * milliseconds.
 */
export async function gzip(pieces: readonly Piece[]): Promise<Buffer> {
  const parts: Uint8Array[] = [header];
  let checksum = 0;
  let bytes = 0;
  let run: Piece[] = [];
  const endRun = async (): Promise<void> => {
    for (const piece of run) piece.wasCompressed = true;
    if (run.length < shortestRun) for (const { deflated } of run) parts.push(deflated);
    else parts.push(await deflate(Buffer.concat(run.map((piece) => piece.bytes)), options));
    run = [];
  };
  let sliceStart = performance.now();
  for (const piece of pieces) {
    if (piece.bytes.length === 0) continue; // Node would end the stream for it
    checksum = crc32(piece.bytes, checksum);
    bytes += piece.bytes.length;
    if (piece.wasCompressed) {
      await endRun();
      parts.push(piece.deflated);
    } else if (run.push(piece) === longestRun) await endRun();
    if (performance.now() - sliceStart < sliceMs) continue;
    await nextTurn();
    sliceStart = performance.now();
  }
  await endRun();
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(bytes % 2 ** 32, 4);
  return Buffer.concat([...parts, lastBlock, trailer]);
}
