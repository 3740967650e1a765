import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Desk,
  EnhancementError,
  type NoteOutcome,
  type NotePublisher,
  type NoteToPost,
  type Publication,
  type Ticket,
  toEnhancementError,
  until,
} from '../enhancement/index.js';
import type { NoteState, NoteStore } from './note-store.js';

/**
 * Posts one note per job, even if processes are killed at any moment. An attempt that holds the job's lock claims the note,
 * posts it, and marks it as done. An attempt that finds the claim of an earlier one checks the ticket itself, but only after
 * that claim has settled: before that the desk may still act on the earlier request.
 */

/**
 * The first byte of a request is written at most this long after its claim was sent, milliseconds. Measured from before the
 * claim is sent, because Redis counts the claim's time from when it grants it, not from when its reply is read.
 */
const defaultSendWithinMs = 2000;
/** A shorter wait happens in the worker, a longer one in the queue. Milliseconds. */
const longestWaitMs = 1500;
const pausesPerAttempt = 3;
/** How long an aborted attempt waits until Redis has its record. Milliseconds. */
const recordGraceMs = 1000;

/** The clock of this process. Tests use a virtual one. */
export interface LedgerClock {
  /** Monotonic, milliseconds. */
  nowMs(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const processClock: LedgerClock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

export interface NotePublisherOptions {
  readonly store: NoteStore;
  readonly desk: Desk;
  /** Default: 2000. */
  readonly sendWithinMs?: number;
  /** Default: the process's. */
  readonly clock?: LedgerClock;
}

export function createNotePublisher(options: NotePublisherOptions): NotePublisher {
  const { store, desk, sendWithinMs = defaultSendWithinMs, clock = processClock } = options;
  const claimSettlesInMs = desk.settleMs === 0 ? 0 : sendWithinMs + desk.longestExchangeMs + desk.settleMs;

  const hasNote = (ticket: Ticket, marker: string, signal: AbortSignal): Promise<boolean> =>
    until(signal, (one) => desk.hasNote(ticket, marker, one));

  /** The state once no request of an earlier attempt can have an effect any more. @throws `NOTE_UNSETTLED` */
  async function settledState(signal: AbortSignal): Promise<NoteState> {
    for (;;) {
      const state = await until(signal, () => store.read(claimSettlesInMs));
      if (state.kind !== 'claimed' || state.settlesInMs <= 0) return state;
      if (state.settlesInMs > longestWaitMs) throw unsettled(state.settlesInMs);
      await clock.sleep(state.settlesInMs, signal);
    }
  }

  /** Waits for a record for some time after an abort too, because the next attempt depends on it. */
  function recorded<T>(record: Promise<T>, signal: AbortSignal): Promise<T> {
    const end = new AbortController();
    const armed = new AbortController();
    const onAbort = (): void =>
      void clock.sleep(recordGraceMs, armed.signal).then(
        () => end.abort(signal.reason),
        () => undefined,
      );
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    return until(end.signal, () => record).finally(() => {
      signal.removeEventListener('abort', onAbort);
      armed.abort();
    });
  }

  /** @returns undefined if the state has changed since it was read: try again */
  async function attempt(ticket: Ticket, note: NoteToPost, signal: AbortSignal): Promise<Publication | undefined> {
    const seen = await settledState(signal);
    if (seen.kind === 'done') return 'found';
    // Also without a claim: a Redis that lost its last second can have lost it although the desk has the note.
    if (await hasNote(ticket, note.marker, signal)) {
      await recorded(store.setDone(), signal);
      return 'found';
    }
    const claim = { id: randomUUID(), settlesInMs: claimSettlesInMs };
    const sendByMs = clock.nowMs() + sendWithinMs;
    // Awaited after an abort too: a claim that is granted unnoticed would delay the next attempt.
    const reply = await recorded(store.claim(claim, seen), signal);
    switch (reply) {
      case 'done':
        return 'found';
      case 'changed':
        return undefined;
      case 'lock-lost':
        throw lockLost();
      case 'claimed':
        await post(ticket, note, { claimId: claim.id, sendByMs }, signal);
        return 'posted';
    }
  }

  async function post(
    ticket: Ticket,
    note: NoteToPost,
    { claimId, sendByMs }: { readonly claimId: string; readonly sendByMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    const outcome = await desk.addNote(ticket, note, sendByMs, signal).catch(toUnknown);
    if (outcome.kind === 'added') return recorded(store.setDone(), signal);
    // The claim is withdrawn only if the desk certainly did not act. Otherwise it settles from now on, when the connection ended.
    const record =
      outcome.kind === 'not-added'
        ? store.withdraw(claimId)
        : store.settle({ id: claimId, settlesInMs: desk.settleMs });
    // If Redis does not take the record, the claim keeps its original time, which covers any request.
    await recorded(record, signal).catch(() => undefined);
    signal.throwIfAborted();
    throw outcome.error;
  }

  return {
    async isPublished(ticket, marker, signal) {
      const state = await settledState(signal);
      if (state.kind === 'done') return true;
      if (state.kind === 'none' || !(await hasNote(ticket, marker, signal))) return false;
      await recorded(store.setDone(), signal);
      return true;
    },
    async publish(ticket, note, signal) {
      let pauses = 0;
      for (;;) {
        try {
          const publication = await attempt(ticket, note, signal);
          if (publication !== undefined) return publication;
        } catch (error) {
          const pauseMs = error instanceof EnhancementError ? error.retryAfterMs : undefined;
          if (pauseMs === undefined || pauseMs > longestWaitMs || pauses === pausesPerAttempt) throw error;
          pauses++;
          await clock.sleep(pauseMs, signal);
        }
        signal.throwIfAborted();
      }
    },
  };
}

/** An adapter throws only because of a defect in this service. The outcome of its request is then unknown. */
function toUnknown(error: unknown): NoteOutcome {
  const message = 'The request to the desk failed because of a defect in this service. Report it with the log line.';
  return { kind: 'unknown', error: toEnhancementError(error, 'UNEXPECTED', message) };
}

function unsettled(settlesInMs: number): EnhancementError {
  const seconds = Math.ceil(settlesInMs / 1000);
  const message = `The desk may still act on an earlier request to add this note. The ticket is checked in ${seconds} s.`;
  return new EnhancementError('NOTE_UNSETTLED', message, { deferMs: settlesInMs });
}

function lockLost(): EnhancementError {
  const message = 'Another worker has taken the job over; this attempt stopped before posting.';
  return new EnhancementError('LOCK_LOST', message);
}
