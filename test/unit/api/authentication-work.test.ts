import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createHmac, type Hmac } from 'node:crypto';
import fc from 'fast-check';
import { authenticate } from '../../../src/api/signatures/authenticate.js';
import { deskKind, type DeskSignature, type DeskWithWebhook } from '../../../src/connectors/desks/index.js';
import { candidates, verifyHmac } from '../../../src/api/signatures/hmac.js';
import { verifyToken } from '../../../src/api/signatures/static-token.js';
import type { WebhookSchemes } from '../../../src/tenants/index.js';
import { serviceDeskSignature, standardWebhook } from '../../support/webhooks.js';
import { tenant } from '../../support/worker.js';

const ownSignature: DeskSignature = {
  scheme: 'hmac',
  algorithm: 'sha1',
  encoding: 'base64',
  header: 'x-own',
  timestampHeader: 'x-own-timestamp',
};
const desk: DeskWithWebhook = {
  ...deskKind('local'),
  webhook: { signatures: [ownSignature], read: () => ({ kind: 'ignored', what: '' }) },
};

afterEach(() => void jest.restoreAllMocks());

/** That time tells nothing is measured (`npm run bench:timing`); what it rests on can be counted. */
describe('the work for a signature', () => {
  it('is two keys, whether a tenant has two secrets, one, or does not exist', () => {
    for (const secrets of [undefined, [], [Buffer.from('a')], [Buffer.from('a'), Buffer.from('b')]]) {
      const tried = candidates(secrets);
      expect(tried).toHaveLength(2);
      expect(tried.filter(({ real }) => real)).toHaveLength(secrets?.length ?? 0);
      // HMAC hashes a key that is longer than a block once more: that would show.
      for (const { key } of tried) expect(key.length).toBeLessThanOrEqual(64);
    }
  });

  const secrets = [Buffer.from('secret')];
  it.each<[string, WebhookSchemes | undefined]>([
    ['has all schemes', { standardWebhooks: { secrets }, servicedeskSignature: { secrets } }],
    ['has one of them', { standardWebhooks: { secrets } }],
    ['has another', { staticToken: { header: 'x-own', secrets } }],
    ['does not exist', undefined],
  ])('is the same number of hashes, right or wrong, for a tenant that %s', (_what, webhook) => {
    const body = Buffer.from('{}');
    const who = webhook && tenant('acme', { webhook });
    const digests = jest.spyOn(Object.getPrototypeOf(createHmac('sha256', '')) as Hmac, 'digest');
    for (const key of ['secret', 'wrong']) {
      const headers = {
        ...standardWebhook('{}', { key, timestamp: 1000 }),
        ...serviceDeskSignature(body, key),
        'x-own': key,
        'x-desk-token': key,
      };
      digests.mockClear();
      authenticate(who, { headers, body, nowSeconds: 1000 });
      expect(digests).toHaveBeenCalledTimes(4);
    }
  });

  it.each<[string, WebhookSchemes | undefined]>([
    ['signs as its desk does', { deskSignature: [{ signature: ownSignature, secrets }] }],
    ['has another scheme', { servicedeskSignature: { secrets } }],
    ['does not exist', undefined],
  ])('is the same number of hashes at a desk’s own address for a tenant that %s', (_what, webhook) => {
    const body = Buffer.from('{}');
    const who = webhook && tenant('acme', { webhook });
    const digests = jest.spyOn(Object.getPrototypeOf(createHmac('sha1', '')) as Hmac, 'digest');
    for (const key of ['secret', 'wrong']) {
      const timestamp = '1970-01-01T00:16:40Z';
      const own = createHmac('sha1', key).update(timestamp).update(body).digest('base64');
      const headers = { ...serviceDeskSignature(body, key), 'x-own': own, 'x-own-timestamp': timestamp };
      digests.mockClear();
      const delivery = authenticate(who, { headers, body, nowSeconds: 1000 }, desk);
      expect(digests).toHaveBeenCalledTimes(4);
      expect(delivery !== undefined).toBe(webhook !== undefined && key === 'secret');
    }
  });

  it('has no guessable key in place of a missing one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 64 }), (guess) => {
        for (const { key, real } of candidates(undefined)) {
          expect(real).toBe(false);
          expect(key.equals(guess)).toBe(false);
        }
      }),
    );
  });
});

/** What is in front of these keeps odd lengths away from them; they must not depend on it. */
describe('nothing proves nothing', () => {
  const expected = createHmac('sha256', 'secret').update('body').digest();

  it.each([
    ['all of it', expected, true],
    ['no byte of it', Buffer.alloc(0), false],
    ['its beginning', expected.subarray(0, 16), false],
    ['more than it', Buffer.concat([expected, Buffer.alloc(1)]), false],
  ])('a signature that is %s', (_what, signature, verified) => {
    expect(verifyHmac([Buffer.from('secret')], ['body'], [signature])).toBe(verified);
  });

  it('an empty token, even to an empty secret', () => {
    expect(verifyToken([Buffer.alloc(0)], '')).toBe(false);
    expect(verifyToken(undefined, '')).toBe(false);
  });
});
