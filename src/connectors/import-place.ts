import { z } from 'zod';
import type { RedisClient } from '../redis/connection.js';
import { runScript } from './redis-script.js';

/** The progress of a tenant's import of resolved tickets, from which the next run continues. */
export interface ImportPlace {
  /** The kind of desk that `cursor` belongs to. */
  readonly desk: string;
  /** RFC 3339: tickets that were resolved earlier are left out. */
  readonly since: string;
  /** The cursor of the first page that was not imported completely. */
  readonly cursor: string;
}

export interface ImportPlaces {
  /** Undefined: no recent import was interrupted. */
  read(tenantId: string): Promise<ImportPlace | undefined>;
  /** @param place undefined: the import is done */
  write(tenantId: string, place: ImportPlace | undefined): Promise<void>;
}

/** Cursors of desks expire. */
const keptMs = 3 * 24 * 3600 * 1000;

const placeSchema = z.object({ desk: z.string(), since: z.iso.datetime(), cursor: z.string() });

/** @throws {EnhancementError} `STORE_UNAVAILABLE`, from each call */
export function createImportPlaces(redis: RedisClient): ImportPlaces {
  const keys = (tenantId: string): string[] => [`enhancement:history:{${tenantId}}:import`];
  return {
    async read(tenantId) {
      const text = await runScript(redis, `return redis.call('GET', KEYS[1])`, keys(tenantId), []);
      return typeof text === 'string' ? placeSchema.safeParse(JSON.parse(text)).data : undefined;
    },
    async write(tenantId, place) {
      if (place === undefined) await runScript(redis, `return redis.call('DEL', KEYS[1])`, keys(tenantId), []);
      else {
        const set = `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`;
        await runScript(redis, set, keys(tenantId), [JSON.stringify(place), keptMs]);
      }
    },
  };
}
