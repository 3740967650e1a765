import type { RestartReason } from '../../telemetry/catalog.js';

export type Life = 'starting' | 'ready' | 'draining' | 'ended';

/** How a child ended. */
export interface Ending {
  /** Exit code; null: it was ended by a signal, or could not be forked. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly reason: RestartReason;
  /** The error that the child reported before it ended, if any. */
  readonly message?: string;
  /** The primary had asked the child to end. */
  readonly expected: boolean;
}

/** The reason of an end that the primary did not cause. */
export function reasonOf(life: Life, code: number | null, signal: string | null): RestartReason {
  // V8 aborts when its heap is full; a shell reports that as 134.
  if (signal === 'SIGABRT' || code === 134) return 'out_of_memory';
  // Killed from outside while it started: no evidence that it cannot start.
  return life === 'starting' && signal === null ? 'start_failed' : 'crash';
}

/** For the log and the status page. */
export function detailOf({ message, code, signal, reason }: Ending): string {
  if (message !== undefined) return message;
  if (reason === 'hung') return 'it did not report any more';
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
