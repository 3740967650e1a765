import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentStore } from '../../enhancement/index.js';
import { createSegmentFiles } from './segment-files.js';

/** The indexes of all tenants of a machine: one folder each in `DATA_DIR/index`. */
export interface IndexFolder {
  storeOf(tenantId: string): SegmentStore;
  /** Removes the indexes of all other tenants. */
  keepOnly(tenantIds: readonly string[]): void;
}

export interface IndexFolderOptions {
  /** Of one tenant's index. Default: 256 MiB. */
  readonly mostBytes?: number | undefined;
  /** Of all tenants' together. Default: 4 GiB. */
  readonly mostBytesInAll?: number | undefined;
  /** A stored index cannot be used, and is built anew. */
  readonly onBroken: (tenantId: string, error: unknown) => void;
}

const MiB = 1024 * 1024;
/** An index that was used more recently than this is not removed to make room for another. */
const inUseMs = 60_000;

/** @throws the error of the file system if the folder cannot be written */
export function openIndexFolder(dataDir: string, options: IndexFolderOptions): IndexFolder {
  const { mostBytes = 256 * MiB, mostBytesInAll = 4096 * MiB, onBroken } = options;
  const root = join(dataDir, 'index');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  // A file system that is mounted read-only fails only at the first write.
  const probe = join(root, `.${randomUUID()}`);
  mkdirSync(probe);
  rmSync(probe, { recursive: true });

  /**
   * Makes room by removing the least recently used indexes.
   *
   * @returns bytes that this tenant's index may take
   */
  function roomFor(tenantId: string): number {
    const others = foldersIn(root)
      .filter(({ name }) => name !== tenantId)
      .sort((one, other) => one.usedAtMs - other.usedAtMs);
    let taken = others.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes, usedAtMs } of others) {
      if (taken + mostBytes <= mostBytesInAll || Date.now() - usedAtMs < inUseMs) break;
      rmSync(join(root, name), { recursive: true, force: true });
      taken -= bytes;
    }
    return Math.min(mostBytes, Math.max(mostBytesInAll - taken, mostBytesInAll / (others.length + 1)));
  }

  return {
    storeOf: (tenantId) =>
      createSegmentFiles(join(root, tenantId), {
        roomFor: () => roomFor(tenantId),
        onBroken: (error) => onBroken(tenantId, error),
      }),
    keepOnly(tenantIds) {
      const kept = new Set(tenantIds);
      for (const name of readdirSync(root)) {
        if (!kept.has(name)) rmSync(join(root, name), { recursive: true, force: true });
      }
    },
  };
}

interface TenantFolder {
  readonly name: string;
  readonly bytes: number;
  readonly usedAtMs: number;
}

/** Entries that another process removes meanwhile are skipped. */
function foldersIn(root: string): TenantFolder[] {
  return readdirSync(root).flatMap((name) => {
    try {
      const path = join(root, name);
      const bytes = readdirSync(path).reduce((sum, file) => sum + statSync(join(path, file)).size, 0);
      return [{ name, bytes, usedAtMs: statSync(path).mtimeMs }];
    } catch {
      return [];
    }
  });
}
