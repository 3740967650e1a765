import { createHash, type Hash, randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Bytes } from '../../enhancement/index.js';

/** Undefined: there is no such file. */
export function identityOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

export function fileBytes(file: string, descriptor: number, length: number): Bytes {
  return {
    length,
    held: openFileBytes,
    read(offset, wanted) {
      const buffer = Buffer.allocUnsafe(wanted);
      const got = readSync(descriptor, buffer, 0, wanted, offset);
      if (got !== wanted) throw new Error(`${file} ends before it should`);
      return buffer;
    },
  };
}

/** What a file that is open counts for against the memory of indexes: so few are open that no limit of the system is reached. */
const openFileBytes = 64 * 1024;
const hashedAtOnce = 1024 * 1024;

export function hashOf(bytes: Bytes): string {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += hashedAtOnce) {
    hash.update(bytes.read(at, Math.min(hashedAtOnce, bytes.length - at)));
  }
  return hash.digest('hex');
}

const writtenAtOnce = 256 * 1024;

export function bufferedWriter(descriptor: number, hash: Hash) {
  const pending = Buffer.allocUnsafe(writtenAtOnce);
  let pendingBytes = 0;
  let written = 0;
  function writeAll(bytes: Buffer): void {
    hash.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    written += bytes.length;
  }
  function flush(): void {
    writeAll(pending.subarray(0, pendingBytes));
    pendingBytes = 0;
  }
  return {
    write(bytes: Buffer): void {
      if (pendingBytes + bytes.length > pending.length) flush();
      if (bytes.length > pending.length) writeAll(bytes);
      else pendingBytes += bytes.copy(pending, pendingBytes);
    },
    flush,
    written: () => written,
  };
}

/** Atomic: after a crash of the machine the file has either its old or its new content. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${randomUUID()}`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
