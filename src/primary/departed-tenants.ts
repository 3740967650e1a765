import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logging/logger.js';
import type { PrimaryMonitoring } from '../telemetry/primary-monitoring.js';
import type { TenantJobs } from '../queue/tenant-jobs.js';

/**
 * The series of tenants that are configured no longer. They stay while a job of the tenant has not ended, for its end is
 * still counted; then they are retired. The totals are kept, and go on from there if the tenant returns.
 */
export interface DepartedTenants {
  /** A reload is complete: every child serves these tenants. */
  reloaded(before: readonly string[], now: readonly string[]): void;
  stop(): void;
}

export interface DepartedTenantsOptions {
  readonly series: Pick<PrimaryMonitoring, 'shownTenants' | 'retireTenant' | 'restoreTenant'>;
  readonly jobs: TenantJobs;
  readonly log: Logger;
  /** How often the queue is looked through while a departed tenant has series. Milliseconds; default: 15,000. */
  readonly intervalMs?: number;
  /**
   * How long after a look that found no job a second one confirms it: the first may have missed a job that was moving from
   * one state to another, and the last report of a job that has ended may still be unread. Milliseconds; default: 2000.
   */
  readonly confirmMs?: number;
}

export function createDepartedTenants(options: DepartedTenantsOptions): DepartedTenants {
  const { series, jobs, log, intervalMs = 15_000, confirmMs = 2000 } = options;
  /** For good: a job of such a tenant that is run again shows its series again, and they are retired again after it. */
  const departed = new Set<string>();
  const stopping = new AbortController();
  let look: Promise<void> | undefined;

  const withoutJobs = async (tenantIds: ReadonlySet<string>): Promise<ReadonlySet<string>> => {
    if (tenantIds.size === 0) return tenantIds;
    const busy = await jobs.withJobs(tenantIds);
    return new Set([...tenantIds].filter((id) => !busy.has(id)));
  };

  const retireIdle = async (): Promise<void> => {
    if (departed.size === 0) return;
    const idle = await withoutJobs(new Set([...series.shownTenants()].filter((id) => departed.has(id))));
    if (idle.size === 0) return;
    await sleep(confirmMs, undefined, { signal: stopping.signal, ref: false });
    for (const id of await withoutJobs(idle)) {
      if (!departed.has(id)) continue; // it has just returned
      series.retireTenant(id);
      log.info({ tenant_id: id }, 'the last job of a removed tenant has ended; its series are retired');
    }
  };

  const lookAgain = (): void => {
    look ??= retireIdle()
      .catch((error: unknown) => {
        // Redis is away, and with it what the series wait for. The next look finds them as they are.
        if (!stopping.signal.aborted) log.debug({ err: error }, 'the jobs of removed tenants cannot be looked for');
      })
      .finally(() => {
        look = undefined;
      });
  };

  const timer = setInterval(lookAgain, intervalMs);
  timer.unref();

  return {
    reloaded(before, now) {
      for (const id of before) departed.add(id);
      for (const id of now) if (departed.delete(id)) series.restoreTenant(id);
      lookAgain();
    },
    stop() {
      clearInterval(timer);
      stopping.abort();
    },
  };
}
