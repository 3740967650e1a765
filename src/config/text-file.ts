import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/**
 * The one way in which files are read that people write: tenants, secrets, knowledge, history, inventory and `.env`.
 * Editors put a byte order mark before the text and end lines as their system does; neither is part of what was written.
 */

export interface TextFile {
  /** Without a byte order mark; lines end with `\n`. */
  readonly text: string;
  /** The file is larger than the bound: this is its beginning, up to the end of a line. */
  readonly truncated: boolean;
}

/** The file is there and is no text that can be used. The message follows the file's name: "is not a file". */
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

/** Looked at before it is opened: a named pipe would wait for its writer. */
function mustBeFile(found: Stats): void {
  if (found.isDirectory()) throw new TextFileError('folder', 'is a folder');
  if (!found.isFile()) throw new TextFileError('not-a-file', 'is not a file');
}

/** @param maxBytes what is read of it at most */
export async function readTextFile(path: string, maxBytes: number): Promise<TextFile> {
  const found = await stat(path);
  mustBeFile(found);
  const file = await open(path, 'r');
  try {
    // By what is read and not by its size: a file may grow, and those of /proc have none.
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

/** One byte more than is taken tells that there is more. Files that tell no size are read up to a small one. */
function bufferFor(size: number, maxBytes: number): number {
  return Math.min(Math.max(size, 64 * 1024), maxBytes) + 1;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Buffer, maxBytes: number): TextFile {
  const truncated = bytes.length > maxBytes;
  return { text: decodeText(truncated ? wholeLines(bytes.subarray(0, maxBytes)) : bytes), truncated };
}

/** Up to the last line end, so that no line and no character is cut in two. Of a single line nothing is left. */
function wholeLines(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
}

/** @throws {TextFileError} which says how the file has to be saved */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new TextFileError('encoding', 'is UTF-16; save it as UTF-8');
  }
  let text: string;
  try {
    text = utf8.decode(bytes); // takes the byte order mark off
  } catch {
    throw new TextFileError('encoding', 'is not UTF-8; save it as UTF-8');
  }
  // UTF-16 without its mark, or no text at all.
  if (text.includes('\0')) throw new TextFileError('encoding', 'holds zero bytes, which no text has; save it as UTF-8');
  return text.replaceAll(/\r\n?/g, '\n');
}
