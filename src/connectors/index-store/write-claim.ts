import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { StoreClaim } from '../../enhancement/index.js';

/** A claim that was not refreshed for this long belongs to a writer that has ended. Milliseconds. */
const claimLastsMs = 30_000;

const claimSchema = z.object({ host: z.string(), process: z.int(), token: z.string() });
type ClaimFile = z.infer<typeof claimSchema>;

/** Tokens of this thread's claims. A claim of this process with another token is that of a thread that has ended. */
const ownTokens = new Set<string>();

/**
 * Takes the write claim, which is a file. It only avoids duplicate work: if two processes write, for example after one was
 * stopped for longer than `claimLastsMs`, the manifest of the last one is in force.
 *
 * @returns undefined while another writer has it
 */
export function takeClaim(path: string): Pick<StoreClaim, 'refresh' | 'release'> | undefined {
  const own: ClaimFile = { host: hostname(), process: process.pid, token: randomUUID() };
  if (!created(path, own)) {
    if (!isLost(path)) return undefined;
    rmSync(path, { force: true });
    if (!created(path, own)) return undefined;
  }
  ownTokens.add(own.token);
  let refreshedAtMs = Date.now();
  return {
    refresh() {
      const now = Date.now();
      if (now - refreshedAtMs < claimLastsMs / 10) return;
      refreshedAtMs = now;
      if (claimIn(path)?.token === own.token) utimesSync(path, now / 1000, now / 1000);
    },
    release() {
      ownTokens.delete(own.token);
      if (claimIn(path)?.token === own.token) rmSync(path, { force: true });
    },
  };
}

function created(path: string, claim: ClaimFile): boolean {
  try {
    writeFileSync(path, JSON.stringify(claim), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function claimIn(path: string): ClaimFile | undefined {
  try {
    return claimSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined; // released meanwhile, or not completely written yet
  }
}

function isLost(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || Date.now() - stat.mtimeMs > claimLastsMs) return true;
  const claim = claimIn(path);
  if (claim === undefined || claim.host !== hostname()) return false;
  return claim.process === process.pid ? !ownTokens.has(claim.token) : !isRunning(claim.process);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // a process of another user
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
