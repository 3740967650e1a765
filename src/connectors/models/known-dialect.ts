import { performance } from 'node:perf_hooks';
import { type Dialect, firstDialect } from './dialect.js';
import type { DialectMemory, ModelIdentity } from './dialect-memory.js';
import { nameOf } from './learning.js';

/** What one client knows of what its endpoint accepts. Only what was accepted is remembered. */
export interface KnownDialect {
  /** What was remembered, here or by other workers. Undefined: nothing. */
  remembered(): Promise<Dialect | undefined>;
  /** What other workers have remembered meanwhile. */
  ofOthers(): Promise<Dialect | undefined>;
  /** What a request under way has learned so far: others need not repeat its refusals. Undefined: no request does. */
  learning: Dialect | undefined;
  /** @returns whether it differs from what was remembered before */
  accepted(dialect: Dialect, how: Acceptance): Promise<boolean>;
}

export interface Acceptance {
  /** What was remembered when the request began. */
  readonly before: Dialect | undefined;
  /** When the request began, by `performance.now()`. */
  readonly askedMs: number;
  /** It follows from a refusal that names nothing. */
  readonly isGuess: boolean;
}

export function createKnownDialect(dialects: DialectMemory, identity: ModelIdentity): KnownDialect {
  let known: Dialect | undefined;
  let guess: { readonly name: string; readonly acceptedMs: number } | undefined;

  /**
   * A refusal that names nothing may be a passing failure, so that a guess is remembered when a request that began after it was
   * accepted needed the same, and none was accepted without it.
   */
  function isSure(name: string, { isGuess, askedMs }: Acceptance): boolean {
    if (isGuess && guess?.name === name) return guess.acceptedMs <= askedMs;
    guess = isGuess ? { name, acceptedMs: performance.now() } : undefined;
    return !isGuess;
  }

  return {
    remembered: async () => known ?? (await dialects.recall(identity)),
    ofOthers: () => dialects.recall(identity),
    learning: undefined,
    async accepted(dialect, how) {
      const name = nameOf(dialect);
      const sure = isSure(name, how);
      const isNew = name !== nameOf(how.before ?? firstDialect);
      if (sure) known = dialect;
      if (sure && isNew) await dialects.remember(identity, dialect);
      return isNew;
    },
  };
}
