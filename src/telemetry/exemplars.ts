import type { ExemplarLabels } from '../cluster-metrics/prom-client.js';

/** The labels of the exemplar of a job's or request's event. */
export type ExemplarOf = (correlationId: string) => ExemplarLabels;

/**
 * OpenMetrics allows 128 characters for the names and values of an exemplar's labels together; these two have 90.
 *
 * @param traceId the active trace if it is recorded. Default: none
 */
export function createExemplars(traceId: () => string | undefined = () => undefined): ExemplarOf {
  return (correlation_id) => {
    const trace_id = traceId();
    return trace_id === undefined ? { correlation_id } : { correlation_id, trace_id };
  };
}
