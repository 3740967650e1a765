import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/**
 * Reads all files that people write: tenants, secrets, knowledge, history, inventory and `.env`. The byte order mark and the
 * line ends of an editor are removed.
 */

export interface TextFile {
  /** Without a byte order mark; lines end with `\n`. */
  readonly text: string;
  /** The file is larger than the bound: this is its beginning, up to the end of a line. */
  readonly truncated: boolean;
}

/** The file exists but is not usable text. The message follows the file's name: "is not a file". */
export class TextFileError extends Error {
  override readonly name = 'TextFileError';
  readonly code = 'TEXT_FILE_INVALID';

  constructor(
    readonly reason: 'folder' | 'not-a-file' | 'encoding' | 'size',
    message: string,
  ) {
    super(message);
  }
}

/** Checked before it is opened: a named pipe would wait for its writer. */
function mustBeFile(found: Stats): void {
  if (found.isDirectory()) throw new TextFileError('folder', 'is a folder');
  if (!found.isFile()) throw new TextFileError('not-a-file', 'is not a file');
}

/** @param maxBytes the most that is read */
export async function readTextFile(path: string, maxBytes: number): Promise<TextFile> {
  const found = await stat(path);
  mustBeFile(found);
  const file = await open(path, 'r');
  try {
    // Not by the file's size: it may grow, and files in /proc have none.
    const buffer = Buffer.allocUnsafe(bufferFor(found.size, maxBytes));
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return textOf(buffer.subarray(0, length), maxBytes);
  } finally {
    await file.close();
  }
}

/** @throws {TextFileError} also when the file is larger than `maxBytes` */
export function readTextFileSync(path: string, maxBytes: number): string {
  const found = statSync(path);
  mustBeFile(found);
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(bufferFor(found.size, maxBytes));
    let length = 0;
    for (;;) {
      const bytesRead = readSync(file, buffer, length, buffer.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const { text, truncated } = textOf(buffer.subarray(0, length), maxBytes);
    if (truncated) throw new TextFileError('size', `is larger than ${maxBytes} bytes`);
    return text;
  } finally {
    closeSync(file);
  }
}

/** One byte more than the bound shows that there is more. Files without a size are read up to a small one. */
function bufferFor(size: number, maxBytes: number): number {
  return Math.min(Math.max(size, 64 * 1024), maxBytes) + 1;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Buffer, maxBytes: number): TextFile {
  const truncated = bytes.length > maxBytes;
  return { text: decodeText(truncated ? wholeLines(bytes.subarray(0, maxBytes)) : bytes), truncated };
}

/** Up to the last line end, so that no line and no character is cut in two. A single line is removed. */
function wholeLines(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
}

/** @throws {TextFileError} which says how to save the file */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new TextFileError('encoding', 'is UTF-16; save it as UTF-8');
  }
  let text: string;
  try {
    text = utf8.decode(bytes); // removes the byte order mark
  } catch {
    throw new TextFileError('encoding', 'is not UTF-8; save it as UTF-8');
  }
  // UTF-16 without a byte order mark, or not text.
  if (text.includes('\0'))
    throw new TextFileError('encoding', 'contains zero bytes, which text does not have; save it as UTF-8');
  return text.replaceAll(/\r\n?/g, '\n');
}
