import { resolve } from 'node:path';
import { createLogger } from '../../src/logging/logger.js';
import {
  type EmbeddedRedis,
  type EmbeddedRedisOptions,
  startEmbeddedRedis,
} from '../../src/redis/embedded/embedded-redis.js';

/** An embedded Redis of this process. Its keeper is the built one. */
export function startEmbedded(dataDir: string, options: Partial<EmbeddedRedisOptions> = {}): Promise<EmbeddedRedis> {
  return startEmbeddedRedis(dataDir, {
    log: createLogger({ level: 'silent', role: 'test', slot: 0 }),
    keeperProgram: resolve('dist/redis/embedded/redis-keeper.js'),
    ...options,
  });
}
