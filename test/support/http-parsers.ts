import { createRequire } from 'node:module';

/**
 * Watches the pool of HTTP parsers that all connections of this process share. A parser that is put back twice is handed to
 * two requests, which then read each other's answers.
 */
export interface ParserWatch {
  /** How often a parser was put back that was in the pool already. */
  freedTwice(): number;
  /** How many were put back. */
  freed(): number;
  stop(): void;
}

interface Pool {
  alloc(): object;
  free(parser: object): boolean;
}

export function watchParsers(): ParserWatch {
  const { parsers }: { parsers: Pool } = createRequire(import.meta.url)('_http_common');
  const { alloc, free } = parsers;
  const pooled = new WeakSet();
  let [freed, freedTwice] = [0, 0];
  parsers.alloc = () => {
    const parser = alloc.call(parsers);
    pooled.delete(parser);
    return parser;
  };
  parsers.free = (parser) => {
    freed += 1;
    if (pooled.has(parser)) freedTwice += 1;
    pooled.add(parser);
    return free.call(parsers, parser);
  };
  return {
    freedTwice: () => freedTwice,
    freed: () => freed,
    stop: () => void Object.assign(parsers, { alloc, free }),
  };
}
