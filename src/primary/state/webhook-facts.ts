import type { Distribution, Reading } from '../../cluster-metrics/index.js';
import { createRecentIncreases, sumOf } from './recent-increases.js';
import type { StateFacts } from './state-facts.js';
import type { MetricTotals } from './metric-totals.js';

/** Span in which refused webhooks degrade the service, and the interval of its samples. Milliseconds. */
const refusedWithin = { spanMs: 30_000, stepMs: 1000 };
/** The same of the state in which no webhook is accepted: `/readyz` must be 503 within 3 s. Milliseconds. */
const acceptedWithin = { spanMs: 1500, stepMs: 500 };
/** The same of all answers. Milliseconds. */
const answeredWithin = { spanMs: 5 * 60_000, stepMs: 1000 };

type WebhookFacts = Pick<StateFacts, 'acceptsNoWebhook' | 'refusedWebhooks' | 'recentAnswers'>;

/** Reads how webhooks were answered, and how many were refused because Redis did not accept their jobs. */
export function createWebhookFacts({ values, distributions }: MetricTotals): (nowMs: number) => WebhookFacts {
  const refused = createRecentIncreases(refusedWithin);
  const refusedNow = createRecentIncreases(acceptedWithin);
  const acceptedNow = createRecentIncreases(acceptedWithin);
  const answered = createRecentIncreases(answeredWithin);

  const refusals = () =>
    values('webhook_rejections_total').filter(({ labels }) => labels['reason'] === 'queue_unavailable');
  // By route, because counters by tenant may have ten thousand series.
  const answers = () => distributions('http_request_duration_seconds').flatMap(answersOnRoute);

  return (nowMs) => {
    refused.sample(refusals, nowMs);
    refusedNow.sample(refusals, nowMs);
    acceptedNow.sample(() => answers().filter((answer) => statusOf(answer) === '202'), nowMs);
    answered.sample(answers, nowMs);
    const recent = answered.increases(nowMs);
    return {
      acceptsNoWebhook: sumOf(refusedNow.increases(nowMs)) > 0 && sumOf(acceptedNow.increases(nowMs)) === 0,
      refusedWebhooks: sumOf(refused.increases(nowMs)),
      recentAnswers: [...new Set(recent.map(statusOf))].map((status) => ({
        status,
        webhooks: sumOf(recent.filter((answer) => statusOf(answer) === status)),
      })),
    };
  };
}

function answersOnRoute({ labels, count }: Distribution): Reading[] {
  return labels['route']?.startsWith('/webhook/') === true ? [{ labels, value: count }] : [];
}

function statusOf({ labels }: Reading): string {
  return labels['status_code'] ?? '';
}
