/**
 * Expressions that a healthy run of two minutes cannot give data for, each with the reason. What is not in this list has
 * to return something; that the names in it exist is checked against the catalog in any case.
 */
export const notInThisRun: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /rate(6h|1d|3d)\b|\[\d+[hd]:5m\]/,
    why: 'Added up from samples at full five minutes of the clock, and the run need not meet one.',
  },
  {
    pattern: /cluster_series_dropped_total/,
    why: 'No series is refused: the counter appears with the first one.',
  },
  {
    pattern: /enhancement_context_failures_total/,
    why: 'No source of context fails: the counter appears with the first failure.',
  },
  {
    pattern: /queue_unavailable|internal_error|status_code=~"5\.\."/,
    why: 'Redis is there all the time, and nothing of ours breaks.',
  },
  {
    pattern: /enhancement_deferrals_total\{job="ticket-enhancer",tenant_id=~"acme"\}/,
    why: 'No job of acme, whose desk is in Redis, is deferred.',
  },
  {
    pattern: /llm_refusals_total/,
    why: 'The model accepts every parameter: the counter appears with the first refusal.',
  },
  { pattern: /context_documents\{state!="used"\}/, why: 'No document is left out.' },
  { pattern: /reason="hung"/, why: 'No child hangs for as long as CHILD_HUNG_MS, which this run sets to ten minutes.' },
  {
    pattern: /^up\{job="ticket-enhancer"\} == 1 unless on \(job, instance\) queue_depth$/,
    why: 'Lists instances that cannot read the queue; all can.',
  },
];
