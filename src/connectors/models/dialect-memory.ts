import { createHash } from 'node:crypto';
import type { RedisClient } from '../../redis/connection.js';
import { parseBoundedJson } from '../../json/bounded-json.js';
import { within } from '../../timing/within.js';
import { type Dialect, dialectSchema } from './dialect.js';

/** Which model behind which endpoint. */
export interface ModelIdentity {
  readonly baseUrl: string;
  readonly model: string;
  readonly maxOutputTokens: number;
}

/** What all workers have learned of endpoints and models. If it is lost, each lesson costs one refused request again. */
export interface DialectMemory {
  /** Undefined: nothing was learned. Never rejects. */
  recall(identity: ModelIdentity): Promise<Dialect | undefined>;
  /** Never rejects. */
  remember(identity: ModelIdentity, dialect: Dialect): Promise<void>;
}

/** For one process alone. */
export function createLocalDialectMemory(): DialectMemory {
  const known = new Map<string, Dialect>();
  return {
    recall: async (identity) => known.get(keyOf(identity)),
    remember: async (identity, dialect) => void known.set(keyOf(identity), dialect),
  };
}

/** Lessons expire: the next release of an endpoint may accept more. */
const rememberedSeconds = 7 * 24 * 3600;

/** An unavailable Redis must not use up the model's time. */
const longestWaitMs = 500;

export function createRedisDialectMemory(redis: RedisClient): DialectMemory {
  return {
    async recall(identity) {
      try {
        const stored = await within(longestWaitMs, redis.get(keyOf(identity)), () => null);
        return dialectSchema.safeParse(parseBoundedJson(stored ?? '')).data;
      } catch {
        return undefined; // nothing is stored, or Redis is unavailable
      }
    },
    async remember(identity, dialect) {
      try {
        const stored = redis.set(keyOf(identity), JSON.stringify(dialect), 'EX', rememberedSeconds);
        await within(longestWaitMs, stored, () => undefined);
      } catch {
        // It is learned again.
      }
    },
  };
}

/** Another configuration is another key: what was learned under the old one is not used, and expires. */
function keyOf({ baseUrl, model, maxOutputTokens }: ModelIdentity): string {
  const identity = createHash('sha256').update(JSON.stringify([baseUrl, model, maxOutputTokens]));
  return `enhancement:model-dialect:${identity.digest('hex').slice(0, 32)}`;
}
