import cluster, { type Worker } from 'node:cluster';
import { withheldFrom } from '../config/variables.js';
import type { RestartReason } from '../telemetry/metrics.js';
import { type ChildRole, type FromChild, type FromPrimary, parseFromChild, protocolVersion } from '../ipc/protocol.js';

export type Life = 'starting' | 'ready' | 'draining' | 'ended';

/** How a child ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly reason: RestartReason;
  /** The error that the child reported before it ended, if any. */
  readonly message?: string;
  /** The primary had asked the child to end. */
  readonly expected: boolean;
}

export interface ChildEvents {
  ready(child: ChildHandle): void;
  jobStarted(child: ChildHandle, jobId: string, token: string): void;
  jobLeft(child: ChildHandle, jobId: string): void;
  jobEnded(child: ChildHandle, jobId: string): void;
  /** A message of ours that this version does not know, or a child of another version. */
  misunderstood(child: ChildHandle, detail: string): void;
}

export interface ChildHandle {
  readonly role: ChildRole;
  readonly slot: number;
  readonly pid: number;
  /** node:cluster's id, under which its metrics are reported. */
  readonly workerId: number;
  /** Milliseconds since it was forked, by a monotonic clock. */
  readonly ageMs: number;
  readonly life: Life;
  readonly incompatible: boolean;
  /** Why it cannot use Redis, as it said; undefined: it can. */
  readonly redisProblem: string | undefined;
  /** Whether the channel to it is open. */
  readonly connected: boolean;
  /** Resolves when the child serves; never, if it ends before. */
  readonly serving: Promise<void>;
  /** Resolves when the child has ended and all its messages have been read. */
  readonly ended: Promise<Ending>;
  /** Tells the child to accept the tenants that it was started to hold back. */
  openTenants(atMs: number): void;
  /** Asks the child to finish its work and end; after the deadline it is killed. */
  drain(deadlineMs: number): void;
  kill(reason: RestartReason): void;
}

export interface ForkOptions {
  readonly role: ChildRole;
  readonly slot: number;
  /** This service's environment variables; the child gets those of its role. */
  readonly variables: Readonly<Record<string, string>>;
  /** The child's start message, requested when it says hello. */
  readonly start: () => Extract<FromPrimary, { type: 'te:start' }>;
  readonly events: ChildEvents;
}

/** Time that a child has to end after its drain's deadline. Milliseconds. */
const graceMs = 1000;
/** The same for a child that does not serve yet, and so has nothing to finish. Milliseconds. */
const unreadyDrainMs = 200;
/** How long the primary waits for a child's last messages after its exit; a child that never served has sent none. Milliseconds. */
const lastMessagesMs = { served: 500, unready: 100 };

/** Forks one child, and tracks its state. */
export function forkChild({ role, slot, variables, start, events }: ForkOptions): ChildHandle {
  const worker: Worker = cluster.fork({
    ...variables,
    // Undefined: not even what the primary's own environment has.
    ...Object.fromEntries(withheldFrom(role).map((name) => [name, undefined])),
    TICKET_ENHANCER_CHILD: JSON.stringify({ role, slot }),
  });
  const startedMs = performance.now();
  let life: Life = 'starting';
  let incompatible = false;
  let redisProblem: string | undefined;
  let killedFor: RestartReason | undefined;
  let said: string | undefined;
  let overdue: NodeJS.Timeout | undefined;
  let saidHello = false;
  let served = false;
  let order: Extract<FromPrimary, { type: 'te:drain' }> | undefined;

  const send = (message: FromPrimary): void => {
    // A child that is ending is no error: its exit event follows.
    if (worker.isConnected()) worker.send(message, () => undefined);
  };

  const receive = (message: FromChild): void => {
    switch (message.type) {
      case 'te:hello':
        saidHello = true;
        // It listens from its hello on; a message sent before that is lost.
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
        said = message.message;
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

  let markServing: () => void = () => undefined;
  const serving = new Promise<void>((resolve) => {
    markServing = resolve;
  });
  let markDisconnected: () => void = () => undefined;
  const disconnected = new Promise<void>((resolve) => {
    markDisconnected = resolve;
  });
  worker.once('disconnect', markDisconnected);
  const ended = new Promise<Ending>((resolve) => {
    const end = (code: number | null, signal: string | null): void => {
      clearTimeout(overdue);
      const expected = life === 'draining' && killedFor === undefined;
      const reason = killedFor ?? reasonOf(life, code, signal);
      life = 'ended';
      resolve({ code, signal, reason, expected, ...(said === undefined ? {} : { message: said }) });
    };
    worker.once('exit', async (code: number | null, signal: string | null) => {
      // Its exit may be emitted before its last messages have been read; the end of the channel follows them. Node never
      // emits that end for a child that died between asking for the listening socket and acknowledging it.
      const giveUp = setTimeout(markDisconnected, served ? lastMessagesMs.served : lastMessagesMs.unready);
      await disconnected;
      clearTimeout(giveUp);
      end(code, signal);
    });
    worker.on('error', (error) => {
      // It could not be forked. Anything else ends in an exit, too.
      if (worker.process.pid !== undefined) return;
      said ??= error.message;
      end(null, null);
    });
  });

  const killAfter = (ms: number): void => {
    clearTimeout(overdue);
    overdue = setTimeout(() => worker.process.kill('SIGKILL'), ms);
  };

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

function reasonOf(life: Life, code: number | null, signal: string | null): RestartReason {
  // V8 aborts when its heap is full; a shell would call that 134.
  if (signal === 'SIGABRT' || code === 134) return 'out_of_memory';
  // Killed from outside while it started: no evidence that it cannot start.
  return life === 'starting' && signal === null ? 'start_failed' : 'crash';
}
