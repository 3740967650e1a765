import type { Worker } from 'node:cluster';
import {
  type ChildRole,
  type FromChild,
  type FromPrimary,
  parseFromChild,
  protocolVersion,
} from '../../ipc/control-protocol.js';
import type { RestartReason } from '../../telemetry/catalog.js';
import { exitOf } from './child-exit.js';
import { type Ending, type Life, reasonOf } from './ending.js';

/** A child's stable place: its number stays the same across restarts. */
export interface Place {
  readonly role: ChildRole;
  readonly slot: number;
}

export interface ChildEvents {
  ready(child: ChildHandle): void;
  jobStarted(child: ChildHandle, jobId: string, token: string): void;
  jobLeft(child: ChildHandle, jobId: string): void;
  jobEnded(child: ChildHandle, jobId: string): void;
  /** A child of another version, or a message of the protocol that this version does not know. */
  misunderstood(child: ChildHandle, detail: string): void;
}

/** One child process, as the primary sees it. */
export interface ChildHandle extends Place {
  readonly pid: number;
  /** node:cluster's id, under which its metrics are reported. */
  readonly workerId: number;
  /** Milliseconds since it was forked, by a monotonic clock. */
  readonly ageMs: number;
  readonly life: Life;
  /** Whether it speaks another version of the protocol. */
  readonly incompatible: boolean;
  /** Why it cannot use Redis, as it reported; undefined: it can. */
  readonly redisProblem: string | undefined;
  /** Whether the channel to it is open. */
  readonly connected: boolean;
  /** Resolves when the child serves; never, if it ends before. */
  readonly serving: Promise<void>;
  /** Resolves when the child has ended and all its messages have been read. */
  readonly ended: Promise<Ending>;
  /** Tells the child to accept the tenants that it was started to hold back, from this time of `machineMs` on. */
  openTenants(atMs: number): void;
  /** Asks the child to finish its work and end, within this time in milliseconds; then it is killed. */
  drain(deadlineMs: number): void;
  kill(reason: RestartReason): void;
}

export type StartMessage = Extract<FromPrimary, { type: 'te:start' }>;

export interface ChildHandleOptions extends Place {
  /** Called when the child sends its hello: the message that starts it. */
  readonly start: () => StartMessage;
  readonly events: ChildEvents;
}

/** Time that a child has to end after its drain's deadline. Milliseconds. */
const graceMs = 1000;
/** The same for a child that does not serve yet, and so has nothing to finish. Milliseconds. */
const unreadyDrainMs = 200;
/** How long the primary waits for a child's last messages after its exit; a child that never served has sent none. Milliseconds. */
const lastMessagesMs = { served: 500, unready: 100 };

/** Tracks the state of a child from its messages and its exit. */
export function createChildHandle(worker: Worker, { role, slot, start, events }: ChildHandleOptions): ChildHandle {
  const startedMs = performance.now();
  let life: Life = 'starting';
  let incompatible = false;
  let redisProblem: string | undefined;
  let killedFor: RestartReason | undefined;
  let reportedError: string | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  let saidHello = false;
  let served = false;
  let order: Extract<FromPrimary, { type: 'te:drain' }> | undefined;
  let markServing: () => void = () => undefined;
  const serving = new Promise<void>((resolve) => {
    markServing = resolve;
  });

  const ended = exitOf(worker, () => (served ? lastMessagesMs.served : lastMessagesMs.unready)).then(
    ({ code, signal, forkError }): Ending => {
      clearTimeout(killTimer);
      const expected = life === 'draining' && killedFor === undefined;
      const reason = killedFor ?? reasonOf(life, code, signal);
      life = 'ended';
      const message = reportedError ?? forkError?.message;
      return { code, signal, reason, expected, ...(message === undefined ? {} : { message }) };
    },
  );

  const send = (message: FromPrimary): void => {
    // A child that is ending is no error: its exit event follows.
    if (worker.isConnected()) worker.send(message, () => undefined);
  };

  const killAfter = (ms: number): void => {
    clearTimeout(killTimer);
    killTimer = setTimeout(() => worker.process.kill('SIGKILL'), ms);
  };

  const receive = (message: FromChild): void => {
    switch (message.type) {
      case 'te:hello':
        saidHello = true;
        // The child listens from its hello on; a message sent before that is lost.
        send(order ?? start());
        return;
      case 'te:ready':
        served = true;
        // The order to drain crossed its ready message: it has requests or jobs to finish.
        if (order !== undefined) killAfter(order.deadlineMs + graceMs);
        if (life !== 'starting') return;
        life = 'ready';
        markServing();
        events.ready(handle);
        return;
      case 'te:fatal':
        reportedError = message.message;
        return;
      case 'te:job-started':
        events.jobStarted(handle, message.jobId, message.token);
        return;
      case 'te:job-left':
        events.jobLeft(handle, message.jobId);
        return;
      case 'te:job-ended':
        events.jobEnded(handle, message.jobId);
        return;
      case 'te:redis':
        redisProblem = message.problem ?? undefined;
    }
  };

  worker.on('message', (value: unknown) => {
    const parsed = parseFromChild(value);
    switch (parsed.kind) {
      case 'foreign':
        return;
      case 'message':
        receive(parsed.message);
        return;
      case 'version-mismatch':
        incompatible = true;
        events.misunderstood(handle, `it speaks version ${parsed.version} of the protocol, not ${protocolVersion}`);
        return;
      case 'unrecognised':
        events.misunderstood(handle, 'it sent a message that this version does not know');
    }
  });

  const handle: ChildHandle = {
    role,
    slot,
    pid: worker.process.pid ?? 0,
    workerId: worker.id,
    get ageMs() {
      return performance.now() - startedMs;
    },
    get life() {
      return life;
    },
    get incompatible() {
      return incompatible;
    },
    get redisProblem() {
      return redisProblem;
    },
    get connected() {
      return worker.isConnected();
    },
    serving,
    ended,
    openTenants: (atMs) => send({ type: 'te:open', atMs }),
    drain(deadlineMs) {
      if (life === 'ended') return;
      life = 'draining';
      order = { type: 'te:drain', deadlineMs };
      // Before its hello it has loaded nothing, and could not read the order.
      if (!saidHello) worker.process.kill('SIGKILL');
      else send(order);
      killAfter(served ? deadlineMs + graceMs : Math.min(deadlineMs, unreadyDrainMs));
    },
    kill(reason) {
      killedFor ??= reason;
      worker.process.kill('SIGKILL');
    },
  };
  return handle;
}

/** The fields under which log lines name a child. */
export function describeChild({ role, slot, pid }: Pick<ChildHandle, 'role' | 'slot' | 'pid'>) {
  return { role, slot, pid };
}
