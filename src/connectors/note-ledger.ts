import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  type Desk,
  EnhancementError,
  type NotePublisher,
  type NoteToPost,
  type Publication,
  type Ticket,
  until,
} from '../enhancement/index.js';
import { keyPrefix, type RedisClient } from '../queue/connection.js';
import { runScript } from './redis-script.js';

/**
 * One note per job, under kills at any moment. Redis holds for each job nothing, an intent ("somebody may be posting"),
 * or done. An attempt writes the intent, only while it holds the job's lock, then posts, then writes done. Whoever
 * finds an intent waits until a post begun under it must have shown up, then looks at the ticket itself.
 */

/** Longer than finished jobs are kept (72 h): a delivery that is repeated after that must still find its mark. */
const keptMs = 80 * 3600 * 1000;
/** A request that is not on its way this long after the intent is not sent: somebody else may have posted since. */
export const sendWithinMs = 2000;
/** The desk may ask for a pause this long, and the attempt waits it out rather than fail. */
const longestPauseMs = 20_000;
const pausesPerAttempt = 3;

/** KEYS note. Returns state, claim and age in ms by Redis' own clock, the only one that all writers share. */
const readScript = `
local note = redis.call('HMGET', KEYS[1], 'state', 'claim', 'at')
if not note[1] then return {'none', '', 0} end
local time = redis.call('TIME')
return {note[1], note[2] or '', time[1] * 1000 + math.floor(time[2] / 1000) - (note[3] or 0)}`;

/** KEYS note, lock; ARGV the lock's token, the claim, the claim that was seen, ms to keep. */
const claimScript = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'lock-lost' end
local note = redis.call('HMGET', KEYS[1], 'state', 'claim')
if note[1] == 'done' then return 'done' end
local claim = note[2] or ''
if claim ~= ARGV[2] and claim ~= ARGV[3] then return 'changed' end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'state', 'intent', 'claim', ARGV[2], 'at', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 'claimed'`;

/** KEYS note; ARGV ms to keep. */
const doneScript = `
redis.call('HSET', KEYS[1], 'state', 'done')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`;

/** KEYS note; ARGV the claim. */
const withdrawScript = `
if redis.call('HGET', KEYS[1], 'claim') == ARGV[1] and redis.call('HGET', KEYS[1], 'state') == 'intent' then
  return redis.call('DEL', KEYS[1])
end
return 0`;

const readReply = z.tuple([z.enum(['none', 'intent', 'done']), z.string(), z.coerce.number()]);
const claimReply = z.enum(['claimed', 'done', 'changed', 'lock-lost']);

export interface NoteLedgerOptions {
  readonly redis: RedisClient;
  readonly desk: Desk;
  readonly jobId: string;
  /** The queue's lock on the job, and the token under which this attempt holds it. */
  readonly lock: { readonly key: string; readonly token: string };
}

export function createNotePublisher({ redis, desk, jobId, lock }: NoteLedgerOptions): NotePublisher {
  const key = `${keyPrefix(redis)}:note:${jobId}`;

  const read = async () => {
    const [state, claim, ageMs] = readReply.parse(await runScript(redis, readScript, [key], []));
    return { state, claim, ageMs };
  };
  const setDone = () => runScript(redis, doneScript, [key], [keptMs]);
  const withdraw = (claim: string) => runScript(redis, withdrawScript, [key], [claim]);

  /** Waits out another attempt's intent; true when it is still the same one after that. */
  async function settled(claim: string, ageMs: number, signal: AbortSignal): Promise<boolean> {
    // The clamp is for a clock of Redis that was set back: an intent "from the future" must not hold us for an hour.
    const waitMs = Math.min(Math.max(desk.settleMs - ageMs, 0), desk.settleMs);
    if (waitMs === 0) return true;
    await sleep(waitMs, undefined, { signal });
    const now = await read();
    return now.state === 'intent' && now.claim === claim;
  }

  /** @returns undefined when the state changed meanwhile: look again */
  async function attempt(ticket: Ticket, note: NoteToPost, signal: AbortSignal): Promise<Publication | undefined> {
    const { state, claim: seen, ageMs } = await read();
    if (state === 'done') return 'found';
    if (state === 'intent' && !(await settled(seen, ageMs, signal))) return undefined;
    // Looked at even without an intent: a Redis that lost its last second has lost the intent, the desk has the note.
    if (await desk.hasNote(ticket, note.marker, signal)) {
      await setDone();
      return 'found';
    }
    signal.throwIfAborted();
    const claim = randomUUID();
    const reply = claimReply.parse(
      await runScript(redis, claimScript, [key, lock.key], [lock.token, claim, seen, keptMs]),
    );
    switch (reply) {
      case 'done':
        return 'found';
      case 'changed':
        return undefined;
      case 'lock-lost':
        throw lockLost();
      case 'claimed':
        await post(ticket, note, claim, signal);
        return 'posted';
    }
  }

  async function post(ticket: Ticket, note: NoteToPost, claim: string, signal: AbortSignal): Promise<void> {
    try {
      await desk.addNote(ticket, note, sendWithinMs, signal);
    } catch (error) {
      // The intent may go only when the desk surely did not act; else it stands until the ticket has been looked at.
      if (error instanceof EnhancementError && !error.outcomeUnknown) await withdraw(claim);
      throw error;
    }
    await setDone();
  }

  return {
    async isPublished(signal) {
      return (await until(signal, read)).state === 'done';
    },
    async publish(ticket, note, signal) {
      let pauses = 0;
      for (;;) {
        try {
          const publication = await attempt(ticket, note, signal);
          if (publication !== undefined) return publication;
        } catch (error) {
          const pauseMs = error instanceof EnhancementError ? error.retryAfterMs : undefined;
          if (pauseMs === undefined || pauseMs > longestPauseMs || pauses === pausesPerAttempt) throw error;
          pauses++;
          await sleep(pauseMs, undefined, { signal });
        }
        signal.throwIfAborted();
      }
    },
  };
}

function lockLost(): EnhancementError {
  return new EnhancementError(
    'LOCK_LOST',
    'Another worker has taken the job over; this attempt stopped before posting.',
  );
}
