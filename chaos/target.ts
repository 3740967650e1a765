import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DeskServer, startDeskServer } from '../test/support/desk-server.js';
import type { DeskUnderTest } from '../test/support/desks/protocol.js';
import { type LlmServer, startLlmServer } from '../test/support/llm-server.js';
import { type ChildView, type Service, startService, until } from '../test/support/service.js';
import { lookInto } from './embedded-redis.js';
import { handles, processesNaming, processesWith } from './processes.js';
import type { RedisView } from './redis-view.js';
import {
  createTenants,
  deskCredential,
  deskTenant,
  hostileTenant,
  tenantIds,
  tenantSecrets,
  type Tenants,
} from './tenants.js';

/** What a process of the service is made to do to itself (inject/preload.mjs). */
export type Order =
  | { readonly kind: 'block'; readonly ms: number }
  | { readonly kind: 'leak' }
  | { readonly kind: 'clock'; readonly offsetMs: number };

/** What children of a role do that start from now on. */
export interface OrderToNewChildren {
  readonly kind: 'die';
  readonly role: ChildView['role'];
  /** Those in this slot only; undefined: in any. */
  readonly slot?: number;
  /** As it is told to start, or when it has asked for the listening socket. */
  readonly at: 'start' | 'listen';
  readonly afterMs: number;
  readonly by: 'SIGKILL' | 'exit';
}

/** How far a start is waited for. */
export type Started = 'spawned' | 'one child a role is ready' | 'all children are ready';

/** The service under test, with the servers that it works with, on real processes. */
export interface Target {
  /** The one that runs now. */
  readonly service: Service;
  readonly desk: DeskServer;
  /** The tenants whose desk it is; others have the local one. */
  readonly atDesk: readonly string[];
  readonly model: LlmServer;
  readonly redis: RedisView;
  readonly tenants: Tenants;
  readonly dataDir: string;
  /** Ready children of a role. Waits for a primary that is being started. */
  children(role?: ChildView['role']): Promise<readonly number[]>;
  /** All processes, the primary and children that do not serve yet among them. */
  processes(): Promise<readonly number[]>;
  /** Every process that any run of the service has left, those of the present one among them. */
  remaining(): Promise<readonly number[]>;
  order(pids: readonly number[], order: Order): Promise<void>;
  /** @param order undefined: they start as usual again */
  orderNewChildren(order: OrderToNewChildren | undefined): Promise<void>;
  /**
   * Another run of the service on the same data, tried until there is one: what was left of the last must go first.
   *
   * @param until default: all children are ready
   */
  startAgain(until?: Started): Promise<Service>;
  /** Waits until the primary obeys SIGTERM, or runs its own code for so long that it should. */
  untilObedient(): Promise<void>;
  /** Everything that any run of the service has written to its log. */
  logs(): string;
  close(): Promise<void>;
}

export interface TargetOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: true, `acme` has a desk over HTTP. Without it both tenants have the local desk, and nothing over HTTP is in the way of the load. */
  readonly withDesk?: boolean;
  readonly withModel?: boolean;
  /** What the desk over HTTP is. Default: ServiceDesk Plus. */
  readonly desk?: DeskUnderTest;
  /** The address of the hostile tenant's desk; then all tenants have a desk over HTTP. Without it there is no such tenant. */
  readonly hostileDesk?: string;
  /** Default: in a folder of its own. */
  readonly dataDir?: string;
  /** Resolve without waiting for readiness. */
  readonly unready?: boolean;
  /** A Redis that is not the embedded one. */
  readonly redis?: { readonly url: string; readonly view: RedisView };
}

const preload = fileURLToPath(new URL('inject/preload.mjs', import.meta.url));
/** What a dead primary leaves behind goes within the drain; a start waits for it at most this long. Milliseconds. */
const startAgainMs = 60_000;
/** From the first line of its code to its handlers of signals. Milliseconds. */
const obeysWithinMs = 500;
/** A leak ends here, and not where the machine's memory does. Megabytes. */
const heapMb = 192;

export async function startTarget(options: TargetOptions = {}): Promise<Target> {
  const { withDesk = true, withModel = false, unready = false } = options;
  const folder = await mkdtemp(join(tmpdir(), 'te-chaos-'));
  const dataDir = options.dataDir ?? join(folder, 'data');
  const under = options.desk;
  const desk = await startDeskServer(under ?? { credential: deskCredential });
  const model = await startLlmServer();
  const { hostileDesk } = options;
  const atDesk = hostileDesk === undefined ? (withDesk ? [deskTenant] : []) : tenantIds;
  const deskUrls = new Map(atDesk.map((id): [string, string] => [id, desk.baseUrl]));
  if (hostileDesk !== undefined) deskUrls.set(hostileTenant, hostileDesk);
  const tenants = await createTenants(folder, deskUrls, under);
  const env = {
    DATA_DIR: dataDir,
    TENANTS_FILE: tenants.file,
    ...(options.redis ? { REDIS_URL: options.redis.url } : {}),
    ...tenantSecrets,
    LOG_LEVEL: 'warn',
    NODE_OPTIONS: `--import=file://${preload} --max-old-space-size=${heapMb}`,
    CHAOS_ORDERS: folder,
    ...(withModel
      ? {
          LLM_BASE_URL: model.baseUrl,
          LLM_API_KEY: 'sk-test-key-12345678',
          LLM_MODEL: 'chaos',
          LLM_TIMEOUT_MS: '3000',
        }
      : {}),
    ...options.env,
  };
  let service = await startService({ env, unready });
  const redis = options.redis?.view ?? lookInto(dataDir);
  let earlierLogs = '';
  const newChildren = join(folder, 'new-children.json');
  const view = async (): Promise<readonly ChildView[]> => {
    let children: readonly ChildView[] = [];
    await until(
      'the service tells of its children',
      async () => {
        children = (await service.children().catch(() => undefined)) ?? [];
        return children.length > 0;
      },
      startAgainMs,
    );
    return children;
  };
  const allPids = async () => [service.pid, ...(await view()).flatMap(({ pid }) => pid ?? [])];
  // Somebody may end the runner half way; a service whose primary is gone finishes its work and ends.
  const goToo = (): void => {
    service.process.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', goToo);
  return {
    get service() {
      return service;
    },
    desk,
    atDesk,
    model,
    redis,
    tenants,
    dataDir,
    logs: () => earlierLogs + service.output(),
    async children(role) {
      return (await view()).flatMap(({ pid, state, role: its }) =>
        pid !== undefined && state === 'ready' && (role === undefined || role === its) ? [pid] : [],
      );
    },
    processes: allPids,
    // The keeper and Redis have an environment without any of it.
    remaining: async () => [
      ...new Set([...(await processesWith('CHAOS_ORDERS', folder)), ...(await processesNaming(dataDir))]),
    ],
    async order(pids, order) {
      const text = JSON.stringify(order);
      if (order.kind === 'clock') await writeFile(join(folder, 'clock.json'), text);
      for (const pid of pids) {
        await writeFile(join(folder, `${pid}.json`), text);
        signal(pid, 'SIGUSR2');
      }
    },
    async orderNewChildren(order) {
      if (order === undefined) await rm(newChildren, { force: true });
      else await writeFile(newChildren, JSON.stringify(order));
    },
    async startAgain(started = 'all children are ready') {
      earlierLogs += service.output();
      await service.destroy();
      await until(
        'the service runs again',
        async () => {
          const next = await startService({ env, unready: started !== 'all children are ready' }).catch(
            () => undefined,
          );
          if (next === undefined) return false;
          service = next;
          return started !== 'one child a role is ready' || isReady(next);
        },
        startAgainMs,
      );
      return service;
    },
    async untilObedient() {
      const { pid } = service;
      await until('the primary runs code of its own', () => existsSync(join(folder, `${pid}.begun`)), startAgainMs);
      await until('it handles SIGTERM', () => handles(pid, constants.signals.SIGTERM), obeysWithinMs).catch(
        () => undefined,
      );
    },
    async close() {
      process.off('exit', goToo);
      redis.close();
      if (service.process.exitCode === null && service.process.signalCode === null) await service.stop('SIGTERM');
      await service.destroy();
      await desk.close();
      await model.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** Closes the target after the work. */
export async function onTarget<T>(options: TargetOptions, work: (target: Target) => Promise<T>): Promise<T> {
  const target = await startTarget(options);
  try {
    return await work(target);
  } finally {
    await target.close();
  }
}

/** @returns false when it ended before, as it does when something of the last run is still there */
async function isReady(service: Service): Promise<boolean> {
  await until(
    'a child of each role is ready',
    async () => service.process.exitCode !== null || (await service.ask('/readyz').catch(() => undefined))?.ok === true,
    startAgainMs,
  );
  if (service.process.exitCode === null) return true;
  await service.destroy();
  return false;
}

/** @returns false when the process is gone, which in here is no surprise */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
