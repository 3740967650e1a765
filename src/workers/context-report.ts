import { type LeftOut, leftOutInWords } from '../connectors/index.js';
import type { ContextSourceName, DocumentCounts } from '../enhancement/index.js';
import type { Logger } from '../logging/logger.js';
import type { JobRecorder } from '../telemetry/recorder.js';

/** Counts the documents of one context source of one tenant, and logs which of them are left out. */
export interface ContextReport {
  /** The source's files were read, which happens again after its index was evicted. */
  filesRead(leftOut: LeftOut): void;
  /** The source was searched: `counts` is what its index holds of the files' documents and of those in Redis. */
  searched(counts: DocumentCounts): void;
}

export type ContextReports = (tenantId: string, source: ContextSourceName) => ContextReport;

const nothingLeftOut: LeftOut = { named: [], skipped: 0, truncated: 0 };
const nothing = { used: 0, truncated: 0, skipped: 0 };

/** The only place that adds up what files and indexes leave out. Returns the same object for the same source of a tenant. */
export function createContextReports(
  recorder: Pick<JobRecorder, 'contextRead'>,
  log: Pick<Logger, 'warn'>,
): ContextReports {
  const known = new Map<string, ContextReport>();

  function reportOf(tenantId: string, source: ContextSourceName): ContextReport {
    let files = nothingLeftOut;
    let logged = '';
    let reported = nothing;
    let isOverBounds = false;

    return {
      filesRead(leftOut) {
        files = leftOut;
        const { skipped, truncated } = leftOut;
        const words = leftOutInWords(leftOut);
        if (words.join() === logged) return;
        logged = words.join();
        if (words.length === 0) return;
        log.warn(
          { tenant_id: tenantId, source, skipped, truncated, left_out: words },
          'documents of a context source are left out; correct them and reload',
        );
      },
      searched(counts) {
        const wasOverBounds = isOverBounds;
        isOverBounds = counts.skipped > 0;
        if (isOverBounds && !wasOverBounds) {
          log.warn(
            { tenant_id: tenantId, source, skipped: counts.skipped },
            'documents of a context source are over the bounds of its index; docs/tenants.md has the limits',
          );
        }
        const { truncated } = files;
        const used = Math.max(0, counts.used - truncated);
        const skipped = counts.skipped + files.skipped;
        if (used === reported.used && truncated === reported.truncated && skipped === reported.skipped) return;
        reported = { used, truncated, skipped };
        recorder.contextRead(tenantId, source, reported);
      },
    };
  }

  return (tenantId, source) => {
    const key = `${tenantId} ${source}`;
    const report = known.get(key) ?? reportOf(tenantId, source);
    known.set(key, report);
    return report;
  };
}
