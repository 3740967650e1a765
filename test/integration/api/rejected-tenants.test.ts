import { beforeEach, expect, it } from '@jest/globals';
import { createWebhookFacts } from '../../../src/primary/state/webhook-facts.js';
import { Rejection } from '../../../src/api/rejection.js';
import { appOver, type Answers } from '../../support/app-over.js';
import { monitoredChild, primaryMonitoringOfTest, type MonitoredChild } from '../../support/monitoring.js';
import { afterTest } from '../../support/opened.js';
import { serve } from '../../support/served.js';
import { postTicket } from '../../support/webhooks.js';

/** Which tenants the primary finds to have all webhooks rejected, from what the API records. */

const primary = primaryMonitoringOfTest();
let child: MonitoredChild;

beforeEach(() => {
  child = monitoredChild('http', 0, ['acme', 'globex']);
  afterTest(() => child.end());
});

async function found(send: (url: string) => Promise<unknown>[], answers: Answers = {}, active = true) {
  const { url } = await serve(appOver({ ...answers, recorder: child.webhooks }).app);
  await Promise.all(send(url));
  const { registry } = primary;
  const facts = createWebhookFacts({
    values: (name) => registry.values(name),
    distributions: (name) => registry.distributions(name),
    tenants: () => ['acme', 'globex'].map((id) => ({ id, active })),
  });
  return facts(1000).rejectedTenants;
}

const times = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make);
const unsigned = (url: string, tenant: string) =>
  fetch(`${url}/webhook/servicedesk`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenant_id: tenant }),
  });
const invalid = (url: string) => postTicket(url, { tenant_id: 'acme', ticket_id: 'a:b' });

it('rejected tenants are those with a wrong signature or form, beside others whose webhooks are accepted', async () => {
  const rejected = await found((url) => [
    ...times(4, () => unsigned(url, 'acme')),
    ...times(2, () => invalid(url)),
    ...times(50, () => postTicket(url, { tenant_id: 'globex' })),
  ]);
  expect(rejected).toEqual([{ tenantId: 'acme', webhooks: 6 }]);
});

it('rejected tenants are none for a probe with GET, unknown tenants, or strangers beside one accepted webhook', async () => {
  const rejected = await found((url) => [
    ...times(9, () => fetch(`${url}/webhook/servicedesk`)),
    ...times(9, () => unsigned(url, 'nobody')),
    ...times(9, () => unsigned(url, 'acme')),
    postTicket(url, { tenant_id: 'acme' }),
  ]);
  expect(rejected).toEqual([]);
});

it('rejected tenants are none of which Redis took no job, nor inactive ones', async () => {
  const enqueue = () => Promise.reject(new Rejection('queue_unavailable'));
  expect(await found((url) => times(9, () => postTicket(url)), { enqueue })).toEqual([]);
  expect(await found((url) => times(9, () => invalid(url)), {}, false)).toEqual([]);
});

it('rejected tenants are none whose only accepted webhooks are repeated ones', async () => {
  const enqueue = async () => ({ kind: 'queued', duplicate: true, correlationId: 'c' }) as const;
  expect(await found((url) => [...times(9, () => invalid(url)), postTicket(url)], { enqueue })).toEqual([]);
});
