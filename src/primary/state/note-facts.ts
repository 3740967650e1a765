import type { Reading } from '../../cluster-metrics/index.js';
import { createRecentIncreases, sumOf } from './recent-increases.js';
import type { StateFacts } from './state-facts.js';
import type { MetricTotals } from './metric-totals.js';

/** Span of the recent facts, and the interval of their samples. Milliseconds. */
const recently = { spanMs: 5 * 60_000, stepMs: 2000 };

type NoteFacts = Pick<StateFacts, 'recentJobs' | 'recentContextFailures' | 'contextLeftOut' | 'recentNotes'>;

/** Reads the recent outcomes of jobs and notes, and what their context lacked. */
export function createNoteFacts({ values }: Pick<MetricTotals, 'values'>): (nowMs: number) => NoteFacts {
  const notes = createRecentIncreases(recently);
  const contextFailures = createRecentIncreases(recently);
  let jobs: { readonly atMs: number; readonly recent: StateFacts['recentJobs'] } | undefined;

  const recentJobs = (nowMs: number): StateFacts['recentJobs'] => {
    if (jobs === undefined || nowMs - jobs.atMs >= recently.stepMs) {
      jobs = { atMs: nowMs, recent: values('enhancement_success_rate').flatMap(failuresOfTenant) };
    }
    return jobs.recent;
  };

  return (nowMs) => {
    notes.sample(() => values('enhancement_synthesis_total'), nowMs);
    contextFailures.sample(() => values('enhancement_context_failures_total'), nowMs);
    const recentNotes = notes.increases(nowMs);
    const notesWith = (label: string, value: string | undefined): number =>
      sumOf(recentNotes.filter(({ labels }) => labels[label] === value));
    return {
      recentJobs: recentJobs(nowMs),
      recentContextFailures: contextFailures.increases(nowMs).map(({ labels, value }) => ({
        tenantId: labels['tenant_id'] ?? 'unknown',
        source: labels['source'] ?? 'unknown',
        failures: value,
        notes: notesWith('tenant_id', labels['tenant_id']),
      })),
      contextLeftOut: leftOutOf(values('context_documents')),
      recentNotes: { byModel: notesWith('mode', 'llm'), fallback: notesWith('mode', 'fallback') },
    };
  };
}

/** Reads `enhancement_success_rate`: a percentage, with the number of jobs that ended in its window. */
function failuresOfTenant({ labels, value, trials = 0 }: Reading): StateFacts['recentJobs'] {
  const failed = Math.round(trials * (1 - value / 100));
  return failed === 0 ? [] : [{ tenantId: labels['tenant_id'] ?? 'unknown', ended: trials, failed }];
}

/** Documents that are used in part or not at all, by tenant and source. */
function leftOutOf(documents: readonly Reading[]): StateFacts['contextLeftOut'] {
  const found = new Map<string, StateFacts['contextLeftOut'][number]>();
  for (const { labels, value } of documents) {
    if (labels['state'] === 'used' || value === 0) continue;
    const { tenant_id: tenantId = 'unknown', source = 'unknown' } = labels;
    const key = `${tenantId} ${source}`;
    found.set(key, { tenantId, source, documents: (found.get(key)?.documents ?? 0) + value });
  }
  return [...found.values()];
}
