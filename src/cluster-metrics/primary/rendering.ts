/**
 * Prints the totals into one answer that any number of scrapes may share, plain or as one member of gzip (RFC 1952).
 *
 * Must not know: what is printed in a piece, nor how an answer is sent.
 */
import { promisify } from 'node:util';
import zlib, { deflateRaw } from 'node:zlib';
import type { Rendering } from './contract.js';
import { contentTypes, type Format, openMetricsEnd } from './exposition.js';
import { Pace } from './pace.js';
import { deflateOptions, Piece } from './piece.js';
import type { Totals } from './totals.js';

const openMetricsEnding = new Piece(openMetricsEnd, 0);

/**
 * Works in slices of a few milliseconds. The caller holds changes back meanwhile, so that the answer shows one instant.
 *
 * @param names of metrics or of their samples; none: all
 */
export async function render(totals: Totals, format: Format, names: readonly string[]): Promise<Rendering> {
  const pieces: Piece[] = [];
  const pace = new Pace();
  for (const piece of totals.print(format, names)) {
    pieces.push(piece);
    if (pace.isDue) await pace.turn();
  }
  if (format === 'openmetrics') pieces.push(openMetricsEnding);
  let compressed: Promise<Buffer> | undefined;
  return {
    contentType: contentTypes[format],
    parts: pieces.map(({ bytes }) => bytes),
    bytes: pieces.reduce((sum, { bytes }) => sum + bytes.length, 0),
    series: pieces.reduce((sum, { series }) => sum + series, 0),
    gzipped: () => (compressed ??= gzip(pieces)),
  };
}

const deflate = promisify(deflateRaw);

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
 * Most of what is new in an answer changes again before the next one, so it is compressed in long runs on other threads. A
 * piece that stands alone, or that a second answer has, is compressed by itself once. Works in slices of a few milliseconds.
 */
export async function gzip(pieces: readonly Piece[]): Promise<Buffer> {
  const parts: Uint8Array[] = [header];
  const compressing: Promise<void>[] = [];
  let checksum = 0;
  let bytes = 0;
  let run: Piece[] = [];
  const endRun = async (): Promise<void> => {
    for (const piece of run) piece.wasCompressed = true;
    const ended = run;
    run = [];
    if (ended.length < shortestRun) {
      for (const { deflated } of ended) parts.push(deflated);
      return;
    }
    const place = parts.push(lastBlock) - 1;
    const joined = Buffer.concat(ended.map((piece) => piece.bytes));
    const compressed = deflate(joined, deflateOptions).then((deflated) => void (parts[place] = deflated));
    compressing.push(compressed);
    if (compressing.length >= runsAtOnce) await compressing.shift();
  };
  const pace = new Pace();
  for (const piece of pieces) {
    if (piece.bytes.length === 0) continue; // Node would end the stream for it
    checksum = crc32(piece.bytes, checksum);
    bytes += piece.bytes.length;
    if (piece.wasCompressed) {
      if (run.length > 0) await endRun();
      parts.push(piece.deflated);
    } else if (run.push(piece) === longestRun) await endRun();
    if (pace.isDue) await pace.turn();
  }
  await endRun();
  await Promise.all(compressing);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(bytes % 2 ** 32, 4);
  return Buffer.concat([...parts, lastBlock, trailer]);
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 (RFC 1952, section 8) for Node before 20.15, which has none. @param before of the bytes before these */
export function tableCrc32(bytes: Buffer, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

const crc32: (bytes: Buffer, before?: number) => number = 'crc32' in zlib ? zlib.crc32 : tableCrc32;
