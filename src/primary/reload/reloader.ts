import { cutText } from '../../logging/cut-text.js';
import { messageOf } from '../../logging/describe-error.js';
import type { Logger } from '../../logging/logger.js';
import { type Configuration, configurationOf } from './child-configuration.js';
import { type FailedReload, type ReplaceableSlot, rollingReload } from './rolling-reload.js';

/** What a reload needs of the setup that it reads. */
interface ReloadableSetup {
  readonly document: unknown;
  readonly variables: Configuration['variables'];
  readonly tenants: readonly { readonly id: string }[];
}

export interface ReloaderOptions<T extends ReloadableSetup> {
  /** The setup of the first children. */
  readonly setup: T;
  /** Reads and validates it again. @throws when it is not valid */
  readonly readSetup: () => T;
  readonly supervisor: () => {
    readonly slots: readonly ReplaceableSlot[];
    holdBack(tenantIds: readonly string[]): void;
    openTenants(): Promise<void>;
  };
  /** All children run the new configuration. */
  readonly onReloaded: (now: T) => Promise<void>;
  /** All children run the previous configuration again; some ran the new one meanwhile. */
  readonly onRolledBack: () => Promise<void>;
  readonly log: Logger;
  /** Delays between attempts on one slot, milliseconds. Default: those of a rolling reload. */
  readonly pausesMs?: readonly number[];
}

/** Reloads tenants and environment at SIGHUP, one reload at a time. */
export interface Reloader<T> {
  /** The setup of the last reload that succeeded, or of the start. */
  readonly setup: T;
  /** The configuration of {@link Reloader.setup}. */
  readonly configuration: Configuration;
  /** The latest reload if it failed; undefined after one that succeeds. */
  readonly failed: FailedReload | undefined;
  /**
   * Reads the setup and replaces the children. Requests during a reload are coalesced into one reload after it, and end the
   * rollback of a failed one. Resolves when no reload is left to do.
   */
  reload(): Promise<void>;
  /** Ends a reload in progress. To be called before the children are drained. */
  stop(): void;
}

export function createReloader<T extends ReloadableSetup>(options: ReloaderOptions<T>): Reloader<T> {
  const { log, supervisor } = options;
  let { setup } = options;
  let configuration = configurationOf(setup.document, setup.variables);
  let failed: FailedReload | undefined;
  let working: Promise<void> | undefined;
  let askedAgain = false;
  const stopping = new AbortController();
  let superseded = new AbortController();

  const fail = (problem: string): void => {
    failed = { since: new Date().toISOString(), problem: oneLine(problem) };
  };

  const roll = (next: Configuration) =>
    rollingReload({
      slots: supervisor().slots,
      next,
      previous: configuration,
      stopped: stopping.signal,
      superseded: superseded.signal,
      onFailed(problem) {
        fail(problem);
        log.error({ problem }, 'the reload failed; all children return to the previous configuration');
      },
      log,
      ...(options.pausesMs === undefined ? {} : { pausesMs: options.pausesMs }),
    });

  const readNext = (): T | undefined => {
    try {
      return options.readSetup();
    } catch (error) {
      fail(messageOf(error));
      log.error({ err: error }, 'the reload was refused; the previous configuration stays in force');
      return undefined;
    }
  };

  const reloadOnce = async (): Promise<void> => {
    const next = readNext();
    if (next === undefined) {
      // The rollback of an earlier reload was ended for this one.
      if (supervisor().slots.every((slot) => slot.configuration === configuration)) return;
      if ((await roll(configuration)).kind !== 'interrupted') await options.onRolledBack();
      return;
    }
    const nextConfiguration = configurationOf(next.document, next.variables);
    const known = new Set(setup.tenants.map(({ id }) => id));
    supervisor().holdBack(next.tenants.flatMap(({ id }) => (known.has(id) ? [] : [id])));
    const outcome = await roll(nextConfiguration);
    switch (outcome.kind) {
      case 'interrupted':
        return;
      case 'rolled-back':
        log.warn({ configuration: configuration.id }, 'all children run the previous configuration again');
        await options.onRolledBack();
        return;
      case 'replaced': {
        setup = next;
        configuration = nextConfiguration;
        failed = undefined;
        await supervisor().openTenants();
        await options.onReloaded(next);
      }
    }
  };

  const workOff = async (): Promise<void> => {
    while (askedAgain && !stopping.signal.aborted) {
      askedAgain = false;
      superseded = new AbortController();
      await reloadOnce();
    }
  };

  return {
    get setup() {
      return setup;
    },
    get configuration() {
      return configuration;
    },
    get failed() {
      return failed;
    },
    async reload() {
      askedAgain = true;
      superseded.abort();
      working ??= Promise.resolve()
        .then(workOff)
        .finally(() => {
          working = undefined;
        });
      await working;
    },
    stop: () => stopping.abort(),
  };
}

/** Characters of a problem that the state shows: a file can have a hundred errors, and the log has all of them. */
const longestProblem = 400;

function oneLine(text: string): string {
  return cutText(text.replaceAll(/\s+/g, ' ').trim(), longestProblem);
}
