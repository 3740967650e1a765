import type { Changes } from './changes.js';
import type { Identity } from './identity.js';

/**
 * What children tell the primary about metrics, over the IPC channel that they share with other messages. There is no
 * other direction: the primary never asks.
 */
export const protocolVersion = 1;

/** The first message of a child. */
export interface Hello {
  readonly type: 'cluster-metrics:hello';
  readonly version: number;
  readonly identity: Identity;
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
}

export type Parsed =
  | { readonly kind: 'hello'; readonly identity: Identity }
  | { readonly kind: 'frame'; readonly sections: readonly Section[] }
  | { readonly kind: 'version-mismatch'; readonly identity: Identity; readonly version: unknown }
  /** Ours by its type, but not what this version sends. */
  | { readonly kind: 'unrecognised' }
  /** Somebody else's message on the same channel: PM2's, another library's, the application's own. */
  | { readonly kind: 'foreign' };

const prefix = 'cluster-metrics:';

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

export function parse(message: unknown): Parsed {
  if (!isRecord(message)) return { kind: 'foreign' };
  const type = message['type'];
  if (typeof type !== 'string' || !type.startsWith(prefix)) return { kind: 'foreign' };
  if (type === 'cluster-metrics:frame') {
    const sections = message['sections'];
    return isSections(sections) ? { kind: 'frame', sections } : { kind: 'unrecognised' };
  }
  if (type === 'cluster-metrics:hello') {
    const identity = identityOf(message['identity']);
    const version = message['version'];
    return version === protocolVersion ? { kind: 'hello', identity } : { kind: 'version-mismatch', identity, version };
  }
  return { kind: 'unrecognised' };
}
