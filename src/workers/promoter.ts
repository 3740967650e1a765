import { Queue } from 'bullmq';
import type { DeferralReason } from '../enhancement/index.js';
import type { Logger } from '../logging/logger.js';
import { keyPrefix, type RedisClient } from '../queue/connection.js';
import { promoteDeferred, untilPromoted } from '../queue/deferred-jobs.js';
import { queueName } from '../queue/job.js';

/** Has a tenant's deferred jobs run when what they wait for works again. */
export interface Promoter {
  /** Never throws: a job that is not promoted comes up by itself within minutes. */
  promote(tenantId: string, reasons: readonly DeferralReason[]): void;
  stop(): void;
}

export function createPromoter(redis: RedisClient, log: Logger): Promoter {
  let queue: Queue | undefined;
  let stopped = false;

  const openQueue = (): Queue => {
    if (queue !== undefined) return queue;
    const opened = new Queue(queueName, {
      prefix: keyPrefix(redis),
      connection: redis,
      skipVersionCheck: true,
      skipMetasUpdate: true,
    });
    opened.on('error', () => undefined); // each use fails by itself
    queue = opened;
    return opened;
  };

  async function promoteAll(tenantId: string, reasons: readonly DeferralReason[]): Promise<void> {
    const all = await untilPromoted(
      () => promoteDeferred(openQueue(), redis, { tenantId, reasons }),
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
      queue?.close().catch(() => undefined);
    },
  };
}
