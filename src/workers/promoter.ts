import type { DeferralReason } from '../enhancement/index.js';
import type { Logger } from '../logging/logger.js';
import { promoteDeferred, untilPromoted } from '../queue/deferred-jobs.js';
import type { RedisClient } from '../redis/connection.js';
import { patientQueue } from '../redis/patient-queue.js';

/** Runs a tenant's deferred jobs at once when what they wait for works again. */
export interface Promoter {
  /** Never throws: a job that is not promoted is due within minutes. */
  promote(tenantId: string, reasons: readonly DeferralReason[]): void;
  stop(): void;
}

export function createPromoter(redis: RedisClient, log: Logger): Promoter {
  const queue = patientQueue(redis);
  let stopped = false;

  async function promoteAll(tenantId: string, reasons: readonly DeferralReason[]): Promise<void> {
    const all = await untilPromoted(
      () => promoteDeferred(queue.access(), { tenantId, reasons }),
      () => !stopped,
    );
    if (all > 0) log.info({ tenant_id: tenantId, reasons, jobs: all }, 'deferred jobs run again');
  }

  return {
    promote(tenantId, reasons) {
      promoteAll(tenantId, reasons).catch((error: unknown) => {
        if (!stopped) log.warn({ err: error, tenant_id: tenantId }, 'deferred jobs were not promoted');
      });
    },
    stop() {
      stopped = true;
      queue.close();
    },
  };
}
