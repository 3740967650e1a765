/**
 * What children tell the primary about metrics and what the primary asks of them, in both directions. The channel may carry
 * messages of others: each side takes what is its own by its type.
 * Must not know: either side, nor how messages travel.
 */
import type { Changes } from './changes.js';

export const protocolVersion = 2;

/** Labels that tell one process of the cluster from the others, such as `{ role: 'http', slot: '0' }`. */
export type Identity = Readonly<Record<string, string>>;

/** What a person needs to find a process; never a label, as it is another after each restart. */
export interface ProcessFacts {
  readonly pid: number;
  /** When it was started, epoch milliseconds: a pid is used again. */
  readonly startedMs: number;
}

/** The first message of a child. */
export interface Hello {
  readonly type: 'cluster-metrics:hello';
  readonly version: number;
  readonly identity: Identity;
  readonly process?: ProcessFacts;
}

/** Changes that count only if their key was not seen before; without a key they always count. */
export interface Section {
  readonly changes: Changes;
  readonly once?: string;
  /** For how long the key is remembered, milliseconds. Default: {@link defaultRememberMs}. */
  readonly rememberMs?: number;
}

/** How long a key is remembered whose reporter does not say. */
export const defaultRememberMs = 3_600_000;

/** A life that a key can have: a positive, finite number. */
export function isLife(rememberMs: unknown): boolean {
  return typeof rememberMs === 'number' && rememberMs > 0 && rememberMs < Number.POSITIVE_INFINITY;
}

/** What one child has to say since its last frame. An empty one says that it lives. */
export interface Frame {
  readonly type: 'cluster-metrics:frame';
  /** In the order in which they happened. */
  readonly sections: readonly Section[];
  /** Whether it has metrics that are collected when they are asked for; not said: as before. */
  readonly collects?: boolean;
  /** Everything up to this request to collect is in it. */
  readonly collected?: number;
}

/** The primary's answer to a hello. */
export interface Welcome {
  readonly type: 'cluster-metrics:welcome';
}

/** A scrape has come: the child runs its `collect` functions and says so in a frame. */
export interface Collect {
  readonly type: 'cluster-metrics:collect';
  readonly id: number;
}

export type FromChild = Hello | Frame;
export type FromPrimary = Welcome | Collect;

/**
 * - `foreign`: a message of others on the same channel: PM2's, another library's, the application's own;
 * - `unrecognised`: ours by its type, but not what this version sends.
 */
interface NotUnderstood {
  readonly type: 'foreign' | 'unrecognised';
}

interface VersionMismatch {
  readonly type: 'version-mismatch';
  readonly identity: Identity;
  readonly version: unknown;
}

type Members = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOurs(message: unknown): message is Members & { readonly type: string } {
  return isRecord(message) && typeof message['type'] === 'string' && message['type'].startsWith('cluster-metrics:');
}

export function parseFromChild(message: unknown): FromChild | VersionMismatch | NotUnderstood {
  if (!isOurs(message)) return { type: 'foreign' };
  if (isFrame(message)) return message;
  const { type, version } = message;
  if (type !== 'cluster-metrics:hello') return { type: 'unrecognised' };
  const identity = identityOf(message['identity']);
  if (version !== protocolVersion) return { type: 'version-mismatch', identity, version };
  return { type, version, identity, ...processOf(message['process']) };
}

export function parseFromPrimary(message: unknown): FromPrimary | NotUnderstood {
  if (!isOurs(message)) return { type: 'foreign' };
  const { type, id } = message;
  if (type === 'cluster-metrics:welcome') return { type };
  return type === 'cluster-metrics:collect' && typeof id === 'number' ? { type, id } : { type: 'unrecognised' };
}

/**
 * Only the envelope is checked, and each number where it is used: a child runs the same release as its primary (the
 * version says so), and a full validation would cost more than adding the numbers up.
 */
function isFrame(message: Members): message is Members & Frame {
  const { type, sections, collects, collected } = message;
  if (type !== 'cluster-metrics:frame' || !Array.isArray(sections) || !sections.every(isSection)) return false;
  return (
    (collects === undefined || typeof collects === 'boolean') &&
    (collected === undefined || typeof collected === 'number')
  );
}

function isSection(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value['changes'])) return false;
  const { once, rememberMs } = value;
  return (once === undefined || typeof once === 'string') && (rememberMs === undefined || isLife(rememberMs));
}

function identityOf(value: unknown): Identity {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, label]) => [name, String(label)]));
}

function processOf(value: unknown): { readonly process?: ProcessFacts } {
  if (!isRecord(value)) return {};
  const { pid, startedMs } = value;
  return typeof pid === 'number' && typeof startedMs === 'number' ? { process: { pid, startedMs } } : {};
}
