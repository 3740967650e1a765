import type { NoteState, NoteStore } from '../../src/connectors/note-store.js';

/** A {@link NoteStore} without Redis, for tests with a clock of their own. test/integration/connectors/note-store.test.ts holds both to one contract. */
export interface MemoryNotes {
  /** As the attempt sees it that holds the job's lock under this token. */
  storeFor(token: string): NoteStore;
}

type Kept =
  | { readonly kind: 'claimed'; readonly id: string; readonly settlesAtMs: number; readonly boundMs: number }
  | { readonly kind: 'done' };

export function createMemoryNotes(nowMs: () => number, lockHolder: () => string | undefined): MemoryNotes {
  let kept: Kept | undefined;
  const versionOf = ({ id, settlesAtMs }: Extract<Kept, { kind: 'claimed' }>): string => `${id}@${settlesAtMs}`;
  const stands = (id: string): boolean => kept?.kind === 'claimed' && kept.id === id;

  return {
    storeFor: (token) => ({
      async read(): Promise<NoteState> {
        if (kept === undefined) return { kind: 'none' };
        if (kept.kind === 'done') return kept;
        const settlesAtMs = Math.min(kept.settlesAtMs, nowMs() + kept.boundMs);
        kept = { ...kept, settlesAtMs };
        return { kind: 'claimed', version: versionOf(kept), settlesInMs: settlesAtMs - nowMs() };
      },
      async claim({ id, settlesInMs }, seen) {
        if (lockHolder() !== token) return 'lock-lost';
        if (kept?.kind === 'done') return 'done';
        const version = kept && versionOf(kept);
        const seenVersion = seen.kind === 'claimed' ? seen.version : undefined;
        if (version !== seenVersion && kept?.id !== id) return 'changed';
        kept = { kind: 'claimed', id, settlesAtMs: nowMs() + settlesInMs, boundMs: settlesInMs };
        return 'claimed';
      },
      async settle({ id, settlesInMs }) {
        if (stands(id)) kept = { kind: 'claimed', id, settlesAtMs: nowMs() + settlesInMs, boundMs: settlesInMs };
      },
      async withdraw(claimId) {
        if (stands(claimId)) kept = undefined;
      },
      async setDone() {
        kept = { kind: 'done' };
      },
    }),
  };
}
