import { describe, expect, it } from '@jest/globals';
import { authenticate } from '../../../src/api/signatures/authenticate.js';
import { explainRefusal } from '../../../src/api/signatures/refusal-explanation.js';
import type { WebhookSchemes } from '../../../src/tenants/index.js';
import { serviceDeskSignature, standardWebhook } from '../../support/webhooks.js';
import { tenant } from '../../support/worker.js';

const now = 1_800_000_000;
const body = Buffer.from('{}');
const [newest, older] = [Buffer.from('a'), Buffer.from('b')];

const all = {
  standardWebhooks: { secrets: [newest, older] },
  servicedeskSignature: { secrets: [newest] },
  staticToken: { header: 'x-own', secrets: [newest] },
};
const standardOnly = { standardWebhooks: { secrets: [newest] } };
const sign = (options: Parameters<typeof standardWebhook>[1] = {}) =>
  standardWebhook('{}', { id: 'msg_1', timestamp: now, key: 'x', ...options });
const serverClock = 'the clock of this server (2027-01-15T08:00:00.000Z), and 300 s are allowed';

describe('the reason of a refusal names', () => {
  it.each<[string, WebhookSchemes, Record<string, string>, string]>([
    [
      'the headers that the tenant takes, where none was sent',
      all,
      {},
      'The request carries no signature: tenant acme takes webhook-signature or x-servicedesk-signature or x-own.',
    ],
    ['a missing header', all, { ...sign(), 'webhook-timestamp': '' }, 'webhook-timestamp is missing.'],
    ['a missing svix- header', all, { 'svix-id': 'msg_1', 'svix-timestamp': '1' }, 'svix-signature is missing.'],
    [
      'a clock that is behind',
      all,
      sign({ timestamp: now - 412 }),
      `webhook-timestamp is 412 s behind ${serverClock}: compare the clocks, and sign each delivery when it is sent.`,
    ],
    [
      'a clock that is ahead',
      all,
      sign({ timestamp: now + 7200 }),
      `webhook-timestamp is 7200 s ahead of ${serverClock}`,
    ],
    [
      'a timestamp in milliseconds',
      all,
      sign({ timestamp: now * 1000 }),
      'webhook-timestamp is in milliseconds, and must be in seconds.',
    ],
    [
      'a timestamp that is none',
      all,
      { ...sign(), 'webhook-timestamp': '2026-11-28' },
      'webhook-timestamp is not a whole number of seconds since 1970.',
    ],
    [
      'a signature of another form',
      all,
      { ...sign(), 'webhook-signature': 'v2,AAAA' },
      'webhook-signature has no entry of the form v1,<base64 of 32 bytes>.',
    ],
    ['an id that is too long', all, sign({ id: 'i'.repeat(257) }), 'webhook-id has more than 256 characters.'],
    [
      'the secrets that a signature does not match',
      all,
      sign(),
      'webhook-signature does not match either secret (the newest, the older) of standard_webhooks for this id, timestamp and body.',
    ],
    ['the one secret that it does not match', standardOnly, sign(), 'does not match the secret of standard_webhooks'],
    [
      'a scheme that the tenant has not',
      standardOnly,
      serviceDeskSignature(body, 'a'),
      'x-servicedesk-signature was sent, but tenant acme has no servicedesk_signature.',
    ],
    [
      'hexadecimal digits that are none',
      all,
      { 'x-servicedesk-signature': 'AAAA=' },
      'x-servicedesk-signature is neither 64 hexadecimal digits nor base64 of 32 bytes, with or without sha256= before them.',
    ],
    [
      'a signature over other bytes',
      all,
      serviceDeskSignature(' {}', 'a'),
      'x-servicedesk-signature does not match the secret of servicedesk_signature for the bytes of this body, which no proxy may rewrite.',
    ],
    ['a wrong token', all, { 'x-own': 'x' }, 'x-own does not match the secret of static_token.'],
    [
      'a token in another header',
      all,
      { 'x-desk-token': 'a' },
      'x-desk-token was sent, but tenant acme has its token in x-own.',
    ],
    [
      'every scheme that was tried',
      all,
      { ...sign(), 'x-own': 'x' },
      'for this id, timestamp and body; x-own does not match the secret of static_token.',
    ],
  ])('%s', (_what, webhook, headers, words) => {
    const who = tenant('acme', { webhook });
    expect(authenticate(who, { headers, body, nowSeconds: now })).toBeUndefined();
    expect(explainRefusal({ tenantId: 'acme', tenant: who, headers, nowSeconds: now })).toContain(words);
  });

  it.each([
    ['no tenant', undefined, 'The body has no tenant_id.'],
    ['no id of a tenant', { $gt: '' }, 'tenant_id must be 1 to 32 of a-z, 0-9, _ and -'],
    ['a tenant that is not there', 'acmee', 'This service has no tenant acmee; `ticket-enhancer tenants list` names'],
  ])('a body with %s', (_what, tenantId, words) => {
    expect(explainRefusal({ tenantId, tenant: undefined, headers: sign(), nowSeconds: now })).toContain(words);
  });
});
