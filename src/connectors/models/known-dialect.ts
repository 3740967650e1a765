import { performance } from 'node:perf_hooks';
import { type Dialect, firstDialect } from './dialect.js';
import type { DialectMemory, ModelIdentity } from './dialect-memory.js';
import { nameOf } from './learning.js';

/** One client's knowledge of the dialect that its endpoint accepts. Only accepted dialects are remembered. */
export interface KnownDialect {
  /** The remembered dialect, of this or another worker. Undefined: none. */
  remembered(): Promise<Dialect | undefined>;
  /** The dialect that other workers have remembered meanwhile. */
  ofOthers(): Promise<Dialect | undefined>;
  /** What a request in progress has learned so far, so that others need not repeat its refusals. */
  learning: Dialect | undefined;
  /** @returns whether it differs from what was remembered before */
  accepted(dialect: Dialect, how: Acceptance): Promise<boolean>;
}

export interface Acceptance {
  /** What was remembered when the request began. */
  readonly before: Dialect | undefined;
  /** When the request began, by `performance.now()`. */
  readonly askedMs: number;
  /** The dialect follows from a refusal that names no parameter. */
  readonly isGuess: boolean;
}

export function createKnownDialect(dialects: DialectMemory, identity: ModelIdentity): KnownDialect {
  let known: Dialect | undefined;
  let guess: { readonly name: string; readonly acceptedMs: number } | undefined;

  /**
   * A refusal that names no parameter may be a passing failure. So a guess is remembered only if a request that began after it
   * was accepted needs the same, and none was accepted without it in between.
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
