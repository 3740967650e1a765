import { createHash, randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  createSlotSet,
  type IndexState,
  openSegment,
  type PartWriter,
  type Segment,
  type SegmentStore,
  type StoredIndex,
  type StoredPart,
} from '../../enhancement/index.js';
import { indexFormat } from '../../enhancement/note-engine.js';
import { bufferedWriter, fileBytes, hashOf, identityOf, replaceFile } from './files.js';
import { takeClaim } from './write-claim.js';

/**
 * The index of one tenant as files in a folder: segments, which are never changed, and `manifest.json`, which lists the segments
 * of the index. A manifest is replaced by renaming a new one after all segments that it lists are on the disk. So a process or
 * machine that stops at any moment leaves either the old or the new index. The next process that writes removes files that the
 * manifest does not list.
 */
export interface SegmentFilesOptions {
  /** Bound of the index, bytes. */
  readonly roomFor: () => number;
  /** Called when the stored index cannot be used. */
  readonly onBroken: (error: unknown) => void;
}

const manifestName = 'manifest.json';
const claimName = 'writer.json';
const segmentName = /^[0-9a-f-]{36}\.segment$/;
/** Minimum interval between two records of an index's use. */
const usedEveryMs = 10_000;

const manifestSchema = z.object({
  format: z.string(),
  cursor: z.int().min(0),
  seed: z.string(),
  skipped: z.int().min(0),
  parts: z.array(
    z.object({
      file: z.string().regex(segmentName),
      bytes: z.int().min(0),
      sha256: z.string(),
      /** Bits of the slots, as base64. */
      removed: z.base64(),
    }),
  ),
});
type Manifest = z.infer<typeof manifestSchema>;

interface OpenFile {
  readonly descriptor: number;
  readonly segment: Segment;
  readonly sha256: string;
}

interface Loaded {
  /** Version of the manifest; it changes with each commit. */
  readonly identity: string;
  readonly index: StoredIndex | undefined;
}

export function createSegmentFiles(folder: string, { roomFor, onBroken }: SegmentFilesOptions): SegmentStore {
  const open = new Map<string, OpenFile>();
  const manifestPath = join(folder, manifestName);
  let loaded: Loaded | undefined;
  let usedAtMs = 0;

  function closeAllBut(kept: ReadonlySet<string>): void {
    for (const [file, { descriptor }] of open) {
      if (kept.has(file)) continue;
      closeSync(descriptor);
      open.delete(file);
    }
  }

  /** Reads the whole file once, to compare its checksum. */
  function openFile(file: string, bytes: number, sha256: string): OpenFile {
    const known = open.get(file);
    if (known !== undefined) return known;
    const descriptor = openSync(join(folder, file), 'r');
    try {
      const content = fileBytes(file, descriptor, bytes);
      if (hashOf(content) !== sha256) throw new Error(`${file} is not as it was written`);
      const opened = { descriptor, segment: openSegment(content), sha256 };
      open.set(file, opened);
      return opened;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  function read(): StoredIndex {
    const { format, parts, ...state } = manifestSchema.parse(JSON.parse(readFileSync(manifestPath, 'utf8')));
    if (format !== indexFormat) throw new Error('it was written by another release');
    closeAllBut(new Set(parts.map(({ file }) => file)));
    return {
      ...state,
      parts: parts.map(({ file, bytes, sha256, removed }): StoredPart => {
        const { segment } = openFile(file, bytes, sha256);
        return { segment, removed: createSlotSet(segment.documents, Buffer.from(removed, 'base64')), file };
      }),
    };
  }

  function readUnlessBroken(): StoredIndex | undefined {
    try {
      return read();
    } catch (error) {
      onBroken(error);
      return undefined;
    }
  }

  function load(): StoredIndex | undefined {
    const identity = identityOf(manifestPath);
    if (identity === undefined) {
      loaded = undefined;
      return undefined;
    }
    if (loaded?.identity !== identity) {
      loaded = { identity, index: readUnlessBroken() };
      // Another process has committed meanwhile, and removed the files of the older manifest.
      if (loaded.index === undefined && identityOf(manifestPath) !== identity) return load();
    }
    if (Date.now() - usedAtMs > usedEveryMs) {
      usedAtMs = Date.now();
      utimesSync(folder, new Date(), new Date());
    }
    return loaded.index;
  }

  function beginPart(): PartWriter {
    const file = `${randomUUID()}.segment`;
    const path = join(folder, file);
    const descriptor = openSync(path, 'wx+', 0o600);
    const hash = createHash('sha256');
    const buffered = bufferedWriter(descriptor, hash);
    return {
      sink: buffered.write,
      end() {
        buffered.flush();
        fsyncSync(descriptor);
        const content = fileBytes(file, descriptor, buffered.written());
        const segment = openSegment(content);
        open.set(file, { descriptor, segment, sha256: hash.digest('hex') });
        return { segment, removed: createSlotSet(segment.documents), file };
      },
      abandon() {
        closeSync(descriptor);
        rmSync(path, { force: true });
      },
    };
  }

  function commit(state: IndexState, parts: readonly StoredPart[]): StoredIndex {
    const manifest: Manifest = {
      format: indexFormat,
      ...state,
      parts: parts.map(({ file = '', segment, removed }) => ({
        file,
        bytes: segment.bytes,
        sha256: open.get(file)?.sha256 ?? '',
        removed: removed.bits.toString('base64'),
      })),
    };
    replaceFile(manifestPath, JSON.stringify(manifest));
    const index = { ...state, parts: [...parts] };
    loaded = { identity: identityOf(manifestPath) ?? '', index };
    const kept = new Set([manifestName, claimName, ...manifest.parts.map(({ file }) => file)]);
    closeAllBut(kept);
    for (const name of readdirSync(folder)) if (!kept.has(name)) rmSync(join(folder, name), { force: true });
    return index;
  }

  return {
    load,
    claim() {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const claim = takeClaim(join(folder, claimName));
      if (claim === undefined) return undefined;
      return { mostBytes: roomFor(), ...claim, write: beginPart, commit };
    },
    close() {
      loaded = undefined;
      closeAllBut(new Set());
    },
  };
}
