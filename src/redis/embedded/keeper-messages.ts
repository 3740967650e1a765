/** How a process ended: with an exit code, or by a signal. */
export interface RedisEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The messages of the keeper of the embedded Redis to the primary. */
export type KeeperMessage =
  | { readonly type: 'redis-ready' }
  | ({
      readonly type: 'redis-ended';
      /** Whether it had answered before it ended. */
      readonly served: boolean;
      /** Time until it is started again. Milliseconds. */
      readonly pauseMs: number;
    } & RedisEnd);

/** @returns undefined: not a message of a keeper */
export function parseKeeperMessage(value: unknown): KeeperMessage | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  if (value.type === 'redis-ready') return { type: 'redis-ready' };
  if (value.type !== 'redis-ended') return undefined;
  if (!('code' in value && 'signal' in value && 'served' in value && 'pauseMs' in value)) return undefined;
  const { code, signal, served, pauseMs } = value;
  if (code !== null && typeof code !== 'number') return undefined;
  if (signal !== null && typeof signal !== 'string') return undefined;
  if (typeof served !== 'boolean' || typeof pauseMs !== 'number') return undefined;
  return { type: 'redis-ended', code, signal, served, pauseMs };
}
