import { createNotePublisher } from '../../src/connectors/note-ledger.js';
import type { NoteStore } from '../../src/connectors/note-store.js';
import { type Desk, EnhancementError, type NoteOutcome, type PipelineObserver } from '../../src/enhancement/index.js';
import { enhanceTicket } from '../../src/enhancement/note-engine.js';
import type { NotePreferences } from '../../src/enhancement/preferences.js';
import { createMemoryNotes } from './memory-note-store.js';
import { ticketJob } from './worker.js';

/**
 * One job from its delivery to its end, with its workers, its locks, Redis and the desk simulated on a virtual clock, and
 * the real pipeline and note ledger on top. The same scenario runs the same way every time.
 */

/** A note for every ticket. */
const preferences: NotePreferences = {
  language: 'en',
  whenNothingFound: 'short',
  style: 'full',
  links: {},
  maxWords: 100,
};

/** Where a fault can strike an attempt. */
export const points = [
  'looking',
  'looked',
  'before-claim',
  'claim-granted',
  'connecting',
  'posting',
  'answer-read',
  'recording',
] as const;
export type Point = (typeof points)[number];

export type Fault =
  | { readonly kind: 'crash'; readonly at: Point }
  | { readonly kind: 'freeze'; readonly at: Point; readonly forMs: number }
  | { readonly kind: 'drain'; readonly at: Point }
  /** Redis or the network lost it: nobody renews it any more, and another worker takes the job. */
  | { readonly kind: 'lock-lost'; readonly at: Point };

/** What the desk does with a request that has reached it. `lagMs`: after its connection ended, at most `settleMs`. */
export type DeskAnswer =
  | { readonly kind: 'answers'; readonly afterMs: number }
  | { readonly kind: 'refuses' }
  | { readonly kind: 'acts-unanswered' }
  | { readonly kind: 'acts-late'; readonly lagMs: number }
  | { readonly kind: 'never-acts' };

export interface AttemptPlan {
  readonly fault?: Fault | undefined;
  readonly desk: DeskAnswer;
  /** Redis does not take what the ledger records after the request. */
  readonly recordLost?: boolean;
}

export interface Scenario {
  readonly workers: number;
  /** Of the first attempts, in the order in which they begin. All others run without a fault. */
  readonly attempts: readonly AttemptPlan[];
}

export interface Verdict {
  readonly notes: number;
  readonly done: boolean;
  readonly posts: number;
}

/** As shipped: servicedesk-plus.ts, note-ledger.ts, worker.ts. Milliseconds. */
export const settleMs = 15_000;
export const timeoutMs = 10_000;
const sendWithinMs = 2000;
const lockMs = 8000;
const renewMs = 4000;
const redisTripMs = 30;
const deskTripMs = 20;
const retryMs = 1000;
/** Until the primary has given back what a dead worker held, or another worker has found a job without a lock. */
const handOverMs = 100;
const wellBehaved: AttemptPlan = { desk: { kind: 'answers', afterMs: 50 } };
const observer: PipelineObserver = {
  stepEnded: () => undefined,
  contextSourceEnded: () => undefined,
  modelFailed: () => undefined,
  tokensUsed: () => undefined,
  answerRepaired: () => undefined,
  rerankFailed: () => undefined,
  noteWritten: () => undefined,
};

/** Virtual time: events in order, each after everything that the one before it set off has run. */
function createTimeline() {
  const events: { atMs: number; order: number; run: () => void }[] = [];
  let nowMs = 0;
  let order = 0;
  return {
    nowMs: () => nowMs,
    at(atMs: number, run: () => void): void {
      events.push({ atMs: Math.max(atMs, nowMs), order: order++, run });
    },
    /** @returns once nothing is left to happen */
    async play(): Promise<void> {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        events.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
        const next = events.shift();
        if (next === undefined) return;
        nowMs = next.atMs;
        if (nowMs > 3_600_000) throw new Error('the job comes to no end');
        next.run();
      }
    },
  };
}

type Timeline = ReturnType<typeof createTimeline>;

/** What a worker does happens only while it runs: not while it is frozen, and never after its death. */
function createProcess(time: Timeline) {
  let frozenUntilMs = 0;
  let dead = false;
  const onDeath: (() => void)[] = [];
  const run = (atMs: number, work: () => void): void =>
    time.at(atMs, () => {
      if (dead) return;
      if (frozenUntilMs > time.nowMs()) run(frozenUntilMs, work);
      else work();
    });
  return {
    run,
    /** After so many milliseconds, and not before the process runs. */
    after: (ms: number): Promise<void> => new Promise((resolve) => run(time.nowMs() + ms, resolve)),
    freeze(forMs: number): void {
      frozenUntilMs = time.nowMs() + forMs;
    },
    crash(): void {
      dead = true;
      for (const told of onDeath) told();
    },
    onDeath: (told: () => void): void => void onDeath.push(told),
    isDead: () => dead,
  };
}

type Process = ReturnType<typeof createProcess>;

export async function simulate({ workers, attempts }: Scenario): Promise<Verdict> {
  const time = createTimeline();
  const processes = Array.from({ length: workers }, () => createProcess(time));
  const busy = new Set<number>();
  const ticket = ticketJob({ acceptedAtMs: 0 });
  let lock: { token: string; expiresAtMs: number } | undefined;
  const lockHolder = (): string | undefined => (lock && lock.expiresAtMs > time.nowMs() ? lock.token : undefined);
  const notes = createMemoryNotes(time.nowMs, lockHolder);
  let noteCount = 0;
  let posts = 0;
  let started = 0;
  let done = false;
  let waiting = false;

  /** The job is in the queue from then on. */
  function enqueue(atMs: number): void {
    time.at(atMs, () => {
      waiting = true;
      takeIfPossible();
    });
  }

  function takeIfPossible(): void {
    if (!waiting || done) return;
    // Another one than before, where there is one.
    const order = processes.map((_, i) => (started + i) % processes.length);
    const free = order.find((i) => !busy.has(i));
    if (free === undefined) return;
    waiting = false;
    begin(free);
  }

  function begin(index: number): void {
    const old = processes[index];
    // A worker that died is replaced.
    const process = old === undefined || old.isDead() ? createProcess(time) : old;
    processes[index] = process;
    const token = `attempt-${started}`;
    const plan = attempts[started++] ?? wellBehaved;
    lock = { token, expiresAtMs: time.nowMs() + lockMs };
    watchLock(token);
    busy.add(index);
    const free = (): void => {
      busy.delete(index);
      takeIfPossible();
    };
    process.onDeath(() => {
      time.at(time.nowMs() + handOverMs, () => {
        if (lockHolder() === token) {
          lock = undefined;
          enqueue(time.nowMs());
        }
        free();
      });
    });
    process.run(time.nowMs(), () => void runAttempt(process, token, plan).finally(free));
  }

  /** Whoever finds the lock expired puts the job back. */
  function watchLock(token: string): void {
    if (lock?.token !== token) return;
    const { expiresAtMs } = lock;
    if (expiresAtMs <= time.nowMs()) {
      lock = undefined;
      enqueue(time.nowMs());
    } else {
      time.at(expiresAtMs, () => watchLock(token));
    }
  }

  async function runAttempt(process: Process, token: string, plan: AttemptPlan): Promise<void> {
    const controller = new AbortController();
    let ended = false;
    const abort = (code: 'DRAINED' | 'LOCK_LOST'): void => controller.abort(new EnhancementError(code, code));
    const renew = (): void => {
      if (ended) return;
      if (lockHolder() !== token) return abort('LOCK_LOST');
      lock = { token, expiresAtMs: time.nowMs() + lockMs };
      process.run(time.nowMs() + renewMs, renew);
    };
    process.run(time.nowMs() + renewMs, renew);

    let struck = false;
    /** The plan's fault strikes here; then the attempt goes on, if and when its process runs. */
    async function reach(point: Point): Promise<void> {
      const { fault } = plan;
      if (fault?.at === point && !struck) {
        struck = true;
        if (fault.kind === 'crash') process.crash();
        else if (fault.kind === 'freeze') process.freeze(fault.forMs);
        else if (fault.kind === 'drain') abort('DRAINED');
        else {
          lock = undefined;
          enqueue(time.nowMs() + handOverMs);
          abort('LOCK_LOST');
        }
      }
      await process.after(0);
    }

    const giveBack = (atMs: number): void => {
      if (lockHolder() !== token) return;
      lock = undefined;
      enqueue(atMs);
    };

    try {
      const clock = {
        nowMs: time.nowMs,
        sleep: (ms: number, signal: AbortSignal): Promise<void> =>
          new Promise((resolve, reject) => {
            if (signal.aborted) return reject(signal.reason);
            signal.addEventListener('abort', () => reject(signal.reason), { once: true });
            process.run(time.nowMs() + ms, resolve);
          }),
      };
      const publisher = createNotePublisher({
        store: remoteStore(process, notes.storeFor(token), reach, plan.recordLost === true),
        desk: remoteDesk(process, plan.desk, reach),
        sendWithinMs,
        clock,
      });
      const request = { ticket, jobId: 'd1', correlationId: 'c', preferences };
      const dependencies = { sources: [], publisher, observer, contextTimeoutMs: 1000 };
      await enhanceTicket(request, dependencies, controller.signal);
      if (lockHolder() === token) {
        lock = undefined;
        done = true;
      }
    } catch (error) {
      const { code, deferMs } = error instanceof EnhancementError ? error : { code: String(error), deferMs: 0 };
      if (code === 'DRAINED') giveBack(time.nowMs());
      else if (code !== 'LOCK_LOST') giveBack(time.nowMs() + (deferMs ?? retryMs));
    } finally {
      ended = true;
    }
  }

  /** Redis, at a distance: it acts half way through each trip. */
  function remoteStore(
    process: Process,
    store: NoteStore,
    reach: (point: Point) => Promise<void>,
    recordLost: boolean,
  ): NoteStore {
    const call = async <T>(step: () => Promise<T>, acted?: () => Promise<void>): Promise<T> => {
      const reply = await new Promise<T>((resolve, reject) =>
        time.at(time.nowMs() + redisTripMs / 2, () => void step().then(resolve, reject)),
      );
      await acted?.();
      await process.after(redisTripMs / 2);
      return reply;
    };
    const record = async (step: () => Promise<void>): Promise<void> => {
      await reach('recording');
      if (recordLost) throw new EnhancementError('STORE_UNAVAILABLE', 'READONLY');
      await call(step);
    };
    return {
      read: (longestMs) => call(() => store.read(longestMs)),
      async claim(claim, seen) {
        await reach('before-claim');
        return call(
          () => store.claim(claim, seen),
          () => reach('claim-granted'),
        );
      },
      settle: (claim) => record(() => store.settle(claim)),
      withdraw: (claimId) => record(() => store.withdraw(claimId)),
      setDone: () => record(() => store.setDone()),
    };
  }

  /** The desk, and the HTTP exchange with it, which ends as http-exchange.ts has it end. */
  function remoteDesk(process: Process, answer: DeskAnswer, reach: (point: Point) => Promise<void>): Desk {
    const failure = (code: 'DESK_UNAVAILABLE' | 'DESK_REJECTED') => new EnhancementError(code, code);
    const add = (): void => {
      noteCount++;
    };

    /** What reaches the desk, and when the connection ends, as the desk sees it. */
    function receive(sentAtMs: number, ended: Promise<void>, reply: (outcome: NoteOutcome) => void): void {
      // By its own promise it acts no later than this, whatever the client does.
      const latestMs = sentAtMs + timeoutMs + settleMs;
      switch (answer.kind) {
        case 'answers':
          return time.at(time.nowMs() + answer.afterMs, () => {
            add();
            reply({ kind: 'added' });
          });
        case 'refuses':
          return reply({ kind: 'not-added', error: failure('DESK_REJECTED') });
        case 'acts-unanswered':
          return add();
        case 'acts-late': {
          let acted = false;
          const act = (): void => {
            if (!acted) add();
            acted = true;
          };
          time.at(latestMs, act);
          void ended.then(() => time.at(Math.min(time.nowMs() + answer.lagMs, latestMs), act));
          return;
        }
        case 'never-acts':
      }
    }

    return {
      longestExchangeMs: timeoutMs,
      settleMs,
      async hasNote(_ticket, _marker, signal) {
        await reach('looking');
        const found = await new Promise<boolean>((resolve) =>
          time.at(time.nowMs() + deskTripMs / 2, () => resolve(noteCount > 0)),
        );
        await reach('looked');
        await process.after(deskTripMs / 2);
        signal.throwIfAborted();
        return found;
      },
      async addNote(_ticket, _note, sendByMs, signal) {
        const beganAtMs = time.nowMs();
        await reach('connecting');
        await process.after(deskTripMs);
        if (signal.aborted || time.nowMs() > sendByMs) {
          return { kind: 'not-added', error: failure('DESK_UNAVAILABLE') };
        }
        posts++;
        const sentAtMs = time.nowMs();
        const outcome = await new Promise<NoteOutcome>((resolve) => {
          let end = (): void => undefined;
          const ended = new Promise<void>((over) => (end = over));
          const finish = (one: NoteOutcome): void => {
            end();
            resolve(one);
          };
          const unknown = (): void => finish({ kind: 'unknown', error: failure('DESK_UNAVAILABLE') });
          process.onDeath(end); // by the kernel
          process.run(beganAtMs + timeoutMs, unknown);
          signal.addEventListener('abort', unknown, { once: true });
          time.at(sentAtMs + deskTripMs / 2, () =>
            receive(sentAtMs, ended, (one) => process.run(time.nowMs() + deskTripMs / 2, () => finish(one))),
          );
          void reach('posting');
        });
        await reach('answer-read');
        return outcome;
      },
    };
  }

  enqueue(0);
  await time.play();
  return { notes: noteCount, done, posts };
}
