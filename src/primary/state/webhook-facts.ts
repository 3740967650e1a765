import type { Distribution, Reading } from '../../cluster-metrics/index.js';
import type { TenantSummary } from '../status-reader.js';
import { createRecentIncreases, sumOf } from './recent-increases.js';
import type { StateFacts } from './state-facts.js';
import type { MetricTotals } from './metric-totals.js';

/** Span in which refused webhooks degrade the service, and the interval of its samples. Milliseconds. */
const refusedWithin = { spanMs: 30_000, stepMs: 1000 };
/** The same of the state in which no webhook is accepted: `/readyz` must be 503 within 3 s. Milliseconds. */
const acceptedWithin = { spanMs: 1500, stepMs: 500 };
/** The same of the webhooks of each tenant. Seldom: with ten thousand busy tenants a look takes a tenth of a second. Milliseconds. */
const rejectedWithin = { spanMs: 5 * 60_000, stepMs: 5000 };

export interface WebhookFactSources extends MetricTotals {
  readonly tenants: () => readonly Pick<TenantSummary, 'id' | 'active'>[];
}

/** Reads how many webhooks were answered 503 because Redis did not accept their jobs, and of which tenants none was accepted. */
export function createWebhookFacts({
  values,
  distributions,
  tenants,
}: WebhookFactSources): (
  nowMs: number,
) => Pick<StateFacts, 'acceptsNoWebhook' | 'refusedWebhooks' | 'rejectedTenants'> {
  const refused = createRecentIncreases(refusedWithin);
  const refusedNow = createRecentIncreases(acceptedWithin);
  const acceptedNow = createRecentIncreases(acceptedWithin);
  const byTenant = createRecentIncreases(rejectedWithin);
  let rejectedTenants: StateFacts['rejectedTenants'] = [];

  const refusals = () =>
    values('webhook_rejections_total').filter(({ labels }) => labels['reason'] === 'queue_unavailable');
  const answers = () => [
    ...values('enhancement_requests_total').filter(({ labels }) =>
      /^(?:rejected|queued)$/.test(labels['status'] ?? ''),
    ),
    ...values('webhook_duplicates_total'),
    ...refusals(),
  ];

  return (nowMs) => {
    refused.sample(refusals, nowMs);
    refusedNow.sample(refusals, nowMs);
    acceptedNow.sample(() => distributions('http_request_duration_seconds').flatMap(acceptedOnRoute), nowMs);
    if (byTenant.sample(answers, nowMs)) rejectedTenants = rejectedOf(tenants(), byTenant.increases(nowMs));
    return {
      acceptsNoWebhook: sumOf(refusedNow.increases(nowMs)) > 0 && sumOf(acceptedNow.increases(nowMs)) === 0,
      refusedWebhooks: sumOf(refused.increases(nowMs)),
      rejectedTenants,
    };
  };
}

/** Counts 202 answers by route, because counters by tenant may have ten thousand series. */
function acceptedOnRoute({ labels, count }: Distribution): Reading[] {
  const accepted = labels['status_code'] === '202' && labels['route']?.startsWith('/webhook/') === true;
  return accepted ? [{ labels, value: count }] : [];
}

/** Active tenants with rejected webhooks and none accepted. */
function rejectedOf(
  tenants: readonly Pick<TenantSummary, 'id' | 'active'>[],
  recent: readonly Reading[],
): StateFacts['rejectedTenants'] {
  const isRejected = ({ labels }: Reading): boolean => labels['status'] === 'rejected';
  const accepted = new Set(recent.flatMap((one) => (isRejected(one) ? [] : (one.labels['tenant_id'] ?? []))));
  const candidates = new Set(tenants.flatMap(({ id, active }) => (active && !accepted.has(id) ? id : [])));
  // Redis is at fault there. The counter does not say whose they are: each tenant may have sent all of them.
  const refused = sumOf(recent.filter(({ labels }) => 'reason' in labels));
  return recent.filter(isRejected).flatMap(({ labels: { tenant_id: tenantId = '' }, value }) => {
    const webhooks = value - refused;
    return candidates.has(tenantId) && webhooks > 0 ? [{ tenantId, webhooks }] : [];
  });
}
