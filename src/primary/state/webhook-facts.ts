import type { Distribution, Reading } from '../../cluster-metrics/index.js';
import { createRecentIncreases, sumOf } from './recent-increases.js';
import type { StateFacts } from './state-facts.js';
import type { MetricTotals } from './metric-totals.js';

/** Span in which refused webhooks degrade the service, and the interval of its samples. Milliseconds. */
const refusedWithin = { spanMs: 30_000, stepMs: 1000 };
/** The same of the state in which no webhook is accepted: `/readyz` must be 503 within 3 s. Milliseconds. */
const acceptedWithin = { spanMs: 1500, stepMs: 500 };

/** Reads how many webhooks were answered 503 because Redis did not accept their jobs, and whether all were. */
export function createWebhookFacts({
  values,
  distributions,
}: MetricTotals): (nowMs: number) => Pick<StateFacts, 'acceptsNoWebhook' | 'refusedWebhooks'> {
  const refused = createRecentIncreases(refusedWithin);
  const refusedNow = createRecentIncreases(acceptedWithin);
  const acceptedNow = createRecentIncreases(acceptedWithin);

  const refusals = () =>
    values('webhook_rejections_total').filter(({ labels }) => labels['reason'] === 'queue_unavailable');

  return (nowMs) => {
    refused.sample(refusals, nowMs);
    refusedNow.sample(refusals, nowMs);
    acceptedNow.sample(() => distributions('http_request_duration_seconds').flatMap(acceptedOnRoute), nowMs);
    return {
      acceptsNoWebhook: sumOf(refusedNow.increases(nowMs)) > 0 && sumOf(acceptedNow.increases(nowMs)) === 0,
      refusedWebhooks: sumOf(refused.increases(nowMs)),
    };
  };
}

/** Counts 202 answers by route, because counters by tenant may have ten thousand series. */
function acceptedOnRoute({ labels, count }: Distribution): Reading[] {
  const accepted = labels['status_code'] === '202' && labels['route']?.startsWith('/webhook/') === true;
  return accepted ? [{ labels, value: count }] : [];
}
