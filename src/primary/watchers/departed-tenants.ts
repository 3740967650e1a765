import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logging/logger.js';
import type { PrimaryMonitoring } from '../../telemetry/primary-monitoring.js';
import type { TenantJobs } from '../../queue/tenant-jobs.js';

/**
 * Retires the series of tenants that are no longer configured: removed by a reload, or before this primary started while
 * their jobs were queued. Series stay until the tenant's last job has ended, because its end is counted. Totals are kept,
 * and continue if the tenant returns.
 */
export interface DepartedTenants {
  /** A reload is complete: every child serves these tenants. */
  reloaded(now: readonly string[]): void;
  stop(): void;
}

export interface DepartedTenantsOptions {
  readonly series: Pick<PrimaryMonitoring, 'shownTenants' | 'retireTenants' | 'restoreTenants'>;
  readonly jobs: TenantJobs;
  /** Tenants that the first children are started with. */
  readonly configured: readonly string[];
  readonly log: Logger;
  /** Interval at which the queue is searched while a departed tenant has series. Milliseconds; default: 15,000. */
  readonly intervalMs?: number;
  /**
   * Delay of a second search that confirms that a tenant has no job: the first may miss a job that is changing its state, and
   * the last report of a job that has ended may still be unread. Milliseconds; default: 2000.
   */
  readonly confirmMs?: number;
}

/** The tenant label of requests that no tenant has signed. */
const unknownTenant = 'unknown';

export function createDepartedTenants(options: DepartedTenantsOptions): DepartedTenants {
  const { series, jobs, log, intervalMs = 15_000, confirmMs = 2000 } = options;
  let configured: ReadonlySet<string> = new Set(options.configured);
  /** Also true for a retired tenant: a job of it that is run again restores its series, which are retired again after it. */
  const hasDeparted = (id: string): boolean => id !== unknownTenant && !configured.has(id);
  const stopping = new AbortController();
  let look: Promise<void> | undefined;

  const withoutJobs = async (tenantIds: ReadonlySet<string>): Promise<ReadonlySet<string>> => {
    if (tenantIds.size === 0) return tenantIds;
    const busy = await jobs.withJobs(tenantIds);
    return new Set([...tenantIds].filter((id) => !busy.has(id)));
  };

  const retireIdle = async (): Promise<void> => {
    const idle = await withoutJobs(new Set([...series.shownTenants()].filter(hasDeparted)));
    if (idle.size === 0) return;
    await sleep(confirmMs, undefined, { signal: stopping.signal, ref: false });
    const retired = [...(await withoutJobs(idle))].filter(hasDeparted); // without those configured again since
    if (retired.length === 0) return;
    series.retireTenants(retired);
    for (const id of retired) {
      log.info({ tenant_id: id }, 'the last job of a removed tenant has ended; its series are retired');
    }
  };

  const lookAgain = (): void => {
    look ??= retireIdle()
      .catch((error: unknown) => {
        // Redis is unavailable: the next search repeats this.
        if (!stopping.signal.aborted)
          log.debug({ err: error }, 'the queue cannot be searched for jobs of removed tenants');
      })
      .finally(() => {
        look = undefined;
      });
  };

  const timer = setInterval(lookAgain, intervalMs);
  timer.unref();

  return {
    reloaded(now) {
      const returned = now.filter(hasDeparted);
      configured = new Set(now);
      if (returned.length > 0) series.restoreTenants(returned);
      lookAgain();
    },
    stop() {
      clearInterval(timer);
      stopping.abort();
    },
  };
}
