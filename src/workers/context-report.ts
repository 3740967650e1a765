import { leftOutInWords } from '../connectors/index.js';
import type { Logger } from '../logging/logger.js';
import type { JobRecorder } from '../telemetry/recorder.js';
import type { TenantResourcesOptions } from './tenant-resources.js';

/** Counts the documents of a context source, and says in the log which of them are left out. */
export function reportContextRead(recorder: JobRecorder, log: Logger): TenantResourcesOptions['onContextRead'] {
  return (tenantId, source, items, leftOut) => {
    const { skipped, truncated } = leftOut;
    // Of a truncated history or inventory its items are used; of a truncated article it is one of the items.
    recorder.contextRead(tenantId, source, { used: Math.max(0, items - truncated), truncated, skipped });
    if (skipped + truncated === 0) return;
    log.warn(
      { tenant_id: tenantId, source, skipped, truncated, left_out: leftOutInWords(leftOut) },
      'documents of a context source are left out; mend them and reload',
    );
  };
}
