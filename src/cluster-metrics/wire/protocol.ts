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
  readonly kind: 'foreign' | 'unrecognised';
}

export type ParsedFromChild =
  | { readonly kind: 'hello'; readonly identity: Identity; readonly process?: ProcessFacts }
  | ({ readonly kind: 'frame' } & Omit<Frame, 'type'>)
  | { readonly kind: 'version-mismatch'; readonly identity: Identity; readonly version: unknown }
  | NotUnderstood;

export type ParsedFromPrimary =
  | { readonly kind: 'welcome' }
  | { readonly kind: 'collect'; readonly id: number }
  | NotUnderstood;

const prefix = 'cluster-metrics:';

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns undefined for a message of others */
function ours(message: unknown): (Readonly<Record<string, unknown>> & { readonly type: string }) | undefined {
  if (!isRecord(message)) return undefined;
  const { type } = message;
  return typeof type === 'string' && type.startsWith(prefix) ? { ...message, type } : undefined;
}

/**
 * Only the envelope is checked, and each number where it is used: a child runs the same release as its primary (the
 * version says so), and a full validation would cost more than adding the numbers up.
 */
function isSections(value: unknown): value is readonly Section[] {
  return Array.isArray(value) && value.every(isSection);
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

export function parseFromChild(message: unknown): ParsedFromChild {
  const own = ours(message);
  if (own === undefined) return { kind: 'foreign' };
  if (own.type === ('cluster-metrics:frame' satisfies Frame['type'])) {
    const { sections, collects, collected } = own;
    if (!isSections(sections)) return { kind: 'unrecognised' };
    return {
      kind: 'frame',
      sections,
      ...(typeof collects === 'boolean' ? { collects } : {}),
      ...(typeof collected === 'number' ? { collected } : {}),
    };
  }
  if (own.type !== ('cluster-metrics:hello' satisfies Hello['type'])) return { kind: 'unrecognised' };
  const identity = identityOf(own['identity']);
  const { version } = own;
  if (version !== protocolVersion) return { kind: 'version-mismatch', identity, version };
  return { kind: 'hello', identity, ...processOf(own['process']) };
}

export function parseFromPrimary(message: unknown): ParsedFromPrimary {
  const own = ours(message);
  if (own === undefined) return { kind: 'foreign' };
  if (own.type === ('cluster-metrics:welcome' satisfies Welcome['type'])) return { kind: 'welcome' };
  const isCollect = own.type === ('cluster-metrics:collect' satisfies Collect['type']);
  return isCollect && typeof own['id'] === 'number' ? { kind: 'collect', id: own['id'] } : { kind: 'unrecognised' };
}
