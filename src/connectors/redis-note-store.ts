import { z } from 'zod';
import type { RedisClient } from '../redis/connection.js';
import { keyPrefix } from '../redis/key-prefix.js';
import type { NoteState, NoteStore } from './note-store.js';
import { runScript } from './redis-script.js';

/**
 * The note of a job as a hash in Redis: `state` (`intent` or `done`), `claim`, `settles_at` in milliseconds of Redis'
 * clock, and `bound`, the longest time that the claim takes to settle.
 */

/** Longer than finished jobs are kept (72 h): a delivery that is repeated after that must still find this record. */
const keptMs = 80 * 3600 * 1000;

const nowInScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/**
 * KEYS note; ARGV the longest time to settle, ms. Returns state, version, ms until it has settled. A time that is missing
 * (of an older release) or too far away (Redis' clock was set back) is counted anew from now.
 */
const readScript = `
local note = redis.call('HMGET', KEYS[1], 'state', 'claim', 'settles_at', 'bound')
if not note[1] then return {'none', '', 0} end
if note[1] == 'done' then return {'done', '', 0} end
${nowInScript}
local longest = now + tonumber(note[4] or ARGV[1])
local settles = tonumber(note[3] or longest)
if not note[3] or settles > longest then
  settles = longest
  redis.call('HSET', KEYS[1], 'settles_at', string.format('%.0f', settles))
end
return {'intent', (note[2] or '') .. '@' .. string.format('%.0f', settles), settles - now}`;

/** KEYS note, lock; ARGV the lock's token, the claim, the version seen, ms to settle, ms to keep. */
const claimScript = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'lock-lost' end
local note = redis.call('HMGET', KEYS[1], 'state', 'claim', 'settles_at')
if note[1] == 'done' then return 'done' end
local version = note[1] and (note[2] or '') .. '@' .. (note[3] or '') or ''
-- A client that lost its connection may send this twice.
if version ~= ARGV[3] and note[2] ~= ARGV[2] then return 'changed' end
${nowInScript}
redis.call('HSET', KEYS[1], 'state', 'intent', 'claim', ARGV[2],
  'settles_at', string.format('%.0f', now + ARGV[4]), 'bound', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 'claimed'`;

/** KEYS note; ARGV the claim, ms to settle. */
const settleScript = `
local note = redis.call('HMGET', KEYS[1], 'state', 'claim')
if note[1] ~= 'intent' or note[2] ~= ARGV[1] then return 0 end
${nowInScript}
redis.call('HSET', KEYS[1], 'settles_at', string.format('%.0f', now + ARGV[2]), 'bound', ARGV[2])
return 1`;

/** KEYS note; ARGV the claim. */
const withdrawScript = `
local note = redis.call('HMGET', KEYS[1], 'state', 'claim')
if note[1] == 'intent' and note[2] == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** KEYS note; ARGV ms to keep. */
const doneScript = `
redis.call('HSET', KEYS[1], 'state', 'done')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`;

const readReply = z.tuple([z.enum(['none', 'intent', 'done']), z.string(), z.coerce.number()]);
const claimReply = z.enum(['claimed', 'done', 'changed', 'lock-lost']);

export interface RedisNoteStoreOptions {
  readonly redis: RedisClient;
  readonly jobId: string;
  /** The queue's lock on the job, and the token under which this attempt holds it. */
  readonly lock: { readonly key: string; readonly token: string };
}

export function createRedisNoteStore({ redis, jobId, lock }: RedisNoteStoreOptions): NoteStore {
  const key = `${keyPrefix(redis)}:note:${jobId}`;
  return {
    async read(longestMs) {
      const reply = await runScript(redis, readScript, [key], [longestMs]);
      return toState(readReply.parse(reply));
    },
    async claim({ id, settlesInMs }, seen) {
      const version = seen.kind === 'claimed' ? seen.version : '';
      const values = [lock.token, id, version, settlesInMs, keptMs];
      return claimReply.parse(await runScript(redis, claimScript, [key, lock.key], values));
    },
    async settle({ id, settlesInMs }) {
      await runScript(redis, settleScript, [key], [id, settlesInMs]);
    },
    async withdraw(claimId) {
      await runScript(redis, withdrawScript, [key], [claimId]);
    },
    async setDone() {
      await runScript(redis, doneScript, [key], [keptMs]);
    },
  };
}

function toState([state, version, settlesInMs]: z.infer<typeof readReply>): NoteState {
  switch (state) {
    case 'none':
      return { kind: 'none' };
    case 'done':
      return { kind: 'done' };
    case 'intent':
      return { kind: 'claimed', version, settlesInMs };
  }
}
