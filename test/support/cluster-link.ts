import cluster from 'node:cluster';
import {
  ChangeTracker,
  type ChildChannel,
  type ClusterRegistryOptions,
  startReporter,
} from '../../src/cluster-metrics/index.js';
import { type Exposition, parseExposition } from './exposition.js';
import { ClusterRegistry, Registry } from './metrics-client.js';
import { afterTest } from './opened.js';

/**
 * Both ends of the core in one process until the test ends, with an IPC channel that is a JSON round trip. System tests use
 * real forks.
 */

export interface LinkedChild {
  readonly id: number;
  readonly registry: Registry;
  readonly reporter: ReturnType<typeof startReporter>;
  /** What it was told of. */
  readonly errors: readonly unknown[];
  /** Stops its reporter, and starts another one on the same channel. */
  restart(meanwhile: () => void): Promise<void>;
  /** Nothing more of it arrives until it is thawed, as after SIGSTOP. */
  freeze(): void;
  thaw(): void;
  /** As after SIGKILL: what was sent has arrived, the rest is lost. */
  die(): void;
  /** As a child that ends while it is asking for a listening socket: `disconnect` never comes. */
  exitWithoutDisconnect(): void;
}

let nextId = 1;

export function linkChild(identity?: Record<string, string>, registry = new Registry()): LinkedChild {
  const id = nextId++;
  const errors: unknown[] = [];
  let alive = true;
  let frozen: (() => void)[] | undefined;
  const channel = clusterChannel(
    id,
    () => alive,
    (send) => (frozen ? frozen.push(send) : send()),
  );
  const start = () =>
    startReporter({
      tracker: new ChangeTracker({ registries: [registry], onError: (error) => errors.push(error) }),
      ...(identity === undefined ? {} : { identity }),
      heartbeatMs: 10,
      channel,
    });
  let reporter = start();
  const child: LinkedChild = {
    id,
    registry,
    get reporter() {
      return reporter;
    },
    errors,
    async restart(meanwhile) {
      await reporter.stop();
      meanwhile();
      reporter = start();
    },
    freeze() {
      frozen ??= [];
    },
    thaw() {
      const waiting = frozen ?? [];
      frozen = undefined;
      for (const send of waiting) send();
    },
    die() {
      alive = false;
      cluster.emit('disconnect', { id });
    },
    exitWithoutDisconnect() {
      alive = false;
      cluster.emit('exit', { id }, 0, null);
    },
  };
  afterTest(() => {
    child.thaw();
    child.die();
    void reporter.stop();
  });
  return child;
}

/** The channel of a child of this process's cluster, both ways. */
export function clusterChannel(
  id: number,
  isAlive = () => true,
  deliver: (send: () => void) => unknown = (send) => send(),
): ChildChannel {
  let receive: ((message: unknown) => void) | undefined;
  const worker = {
    id,
    isConnected: isAlive,
    send: (message: unknown) => deliver(() => receive?.(JSON.parse(JSON.stringify(message)))),
  };
  return {
    send(message, done) {
      const wire: unknown = JSON.parse(JSON.stringify(message));
      deliver(() => {
        if (!isAlive()) return;
        cluster.emit('message', worker, wire);
        setImmediate(() => done(null));
      });
    },
    open(listener) {
      receive = listener.message;
      listener.opened();
      return () => {
        receive = undefined;
      };
    },
  };
}

export function createPrimary(options: ClusterRegistryOptions = {}): ClusterRegistry {
  const primary = new ClusterRegistry({ registries: [], ...options });
  afterTest(() => primary.close());
  return primary;
}

export async function scrape(primary: ClusterRegistry, format: 'text' | 'openmetrics' = 'text'): Promise<Exposition> {
  const { parts } = await primary.scrape({ format });
  return parseExposition(Buffer.concat(parts).toString('utf8'));
}
