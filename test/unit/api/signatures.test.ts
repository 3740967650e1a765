import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { authenticate } from '../../../src/api/signatures/authenticate.js';
import { schemesOf, signAs, signingSchemes } from '../../../src/api/signatures/sign.js';
import { resolveTenants, type Tenant, tenantsDocumentSchema } from '../../../src/tenants/index.js';
import { serviceDeskSignature, standardWebhook } from '../../support/webhooks.js';

const now = 1_800_000_000;
const body = Buffer.from('{"tenant_id":"acme"}');
const text = body.toString();
const whsec = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

function tenant(webhook: object, more: Record<string, string> = {}): Tenant {
  const document = tenantsDocumentSchema.parse({
    tenants: [{ id: 'acme', name: 'Acme', webhook, desk: { type: 'local' } }],
  });
  const env = { A: 'secret-a', B: 'secret-b', W: whsec, L: 't'.repeat(256), ...more };
  const found = resolveTenants(document, { env, readFile: () => '' }).get('acme');
  if (!found) throw new Error('no tenant');
  return found;
}

const all = tenant({
  standard_webhooks: { secrets: ['env:A', 'env:B'] },
  servicedesk_signature: { secrets: ['env:A', 'env:B'] },
  static_token: { header: 'x-desk-token', secrets: ['env:A', 'env:B'] },
});
const whsecTenant = tenant({ standard_webhooks: { secrets: ['env:W'] } });
const longToken = tenant({ static_token: { header: 'x-desk-token', secrets: ['env:L'] } });
const tokenOnly = tenant({ static_token: { header: 'x-other', secrets: ['env:A'] } });

const sign = (options: Parameters<typeof standardWebhook>[1] = {}) =>
  standardWebhook(text, { id: 'msg_1', timestamp: now, key: 'secret-a', ...options });
const hex = createHmac('sha256', 'secret-a').update(body).digest('hex');
const base64 = Buffer.from(hex, 'hex').toString('base64');
const underSvix = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace('webhook-', 'svix-'), value]));
const tooMany = () => `${`v1,${'A'.repeat(43)}= `.repeat(4)}${sign()['webhook-signature']}`;
const bodyId = /^body:[0-9a-f]{64}$/;

/** The same headers under the names that Svix gave them first. */
const svix = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace('webhook-', 'svix-'), value]));

const aDelivery = { id: expect.stringMatching(/^(webhook-id|body):./) };

describe('a signature', () => {
  it.each<[string, Tenant | undefined, Record<string, string>, RegExp | undefined]>([
    ['Standard Webhooks', all, sign(), /^webhook-id:msg_1$/],
    ['… with the older secret', all, sign({ key: 'secret-b' }), /^webhook-id:msg_1$/],
    ['… with a whsec_ secret', whsecTenant, sign({ key: Buffer.from('0123456789abcdef0123456789abcdef') }), /msg_1/],
    ['… with a whsec_ secret used as text', whsecTenant, sign({ key: whsec }), undefined],
    [
      '… one right among several',
      all,
      { ...sign(), 'webhook-signature': `v1,AAAA v2,x ${sign()['webhook-signature']}` },
      /msg_1/,
    ],
    ['… under the names of Svix', all, underSvix(sign()), /^webhook-id:msg_1$/],
    [
      '… under names of both, of which one is complete',
      all,
      { ...underSvix(sign()), 'webhook-signature': 'v1,x' },
      /^webhook-id:msg_1$/,
    ],
    ['… 300 s old', all, sign({ timestamp: now - 300 }), /msg_1/],
    ['… 301 s old', all, sign({ timestamp: now - 301 }), undefined],
    ['… 301 s ahead', all, sign({ timestamp: now + 301 }), undefined],
    ['… of another id', all, { ...sign(), 'webhook-id': 'msg_2' }, undefined],
    ['… of another time', all, { ...sign(), 'webhook-timestamp': String(now - 1) }, undefined],
    ['… without a timestamp', all, { ...sign(), 'webhook-timestamp': '' }, undefined],
    ['… with an odd timestamp', all, { ...sign(), 'webhook-timestamp': '1e9' }, undefined],
    [
      '… of another version',
      all,
      { ...sign(), 'webhook-signature': sign()['webhook-signature']?.replace('v1', 'v2') ?? '' },
      undefined,
    ],
    ['… that is empty', all, { ...sign(), 'webhook-signature': 'v1,' }, undefined],
    ['… with more in it', all, { ...sign(), 'webhook-signature': `${sign()['webhook-signature']}AAAA` }, undefined],
    [
      '… with what a base64 decoder passes over',
      all,
      { ...sign(), 'webhook-signature': sign()['webhook-signature']?.replace('v1,', 'v1,!') ?? '' },
      undefined,
    ],
    ['… huge', all, { ...sign(), 'webhook-signature': `v1,${'A'.repeat(15_000)}` }, undefined],
    ['… right, but after too many wrong ones', all, { ...sign(), 'webhook-signature': tooMany() }, undefined],
    ['… with a huge id', all, sign({ id: 'i'.repeat(257) }), undefined],
    ['… by another’s secret', all, sign({ key: 'secret-c' }), undefined],
    [
      '… beside another, with a comma as a proxy joins headers',
      all,
      { ...sign(), 'webhook-signature': `v1,${'A'.repeat(43)}=, ${sign()['webhook-signature']}` },
      /^webhook-id:msg_1$/,
    ],
    [
      '… of which a proxy has repeated each header',
      all,
      Object.fromEntries(Object.entries(sign()).map(([name, value]) => [name, `${value}, ${value}`])),
      /^webhook-id:msg_1$/,
    ],
    ['… of which a proxy has joined two ids', all, { ...sign(), 'webhook-id': 'msg_1, msg_2' }, undefined],
    ['… under its svix- names', all, svix(sign()), /^webhook-id:msg_1$/],
    ['… under its svix- names, beside a gateway’s webhook-id', all, { ...svix(sign()), 'webhook-id': 'x' }, /:msg_1$/],
    ['… under its svix- names, of another id', all, { ...svix(sign()), 'svix-id': 'msg_2' }, undefined],
    [
      '… half under one name and half under the other',
      all,
      { ...svix(sign()), 'svix-id': '', 'webhook-id': 'msg_1' },
      undefined,
    ],
    ['X-ServiceDesk-Signature', all, { 'x-servicedesk-signature': `sha256=${hex}` }, bodyId],
    ['… without the prefix', all, { 'x-servicedesk-signature': hex }, bodyId],
    ['… in capitals', all, { 'x-servicedesk-signature': hex.toUpperCase() }, bodyId],
    ['… with the older secret', all, serviceDeskSignature(body, 'secret-b'), bodyId],
    ['… cut short', all, { 'x-servicedesk-signature': hex.slice(0, 62) }, undefined],
    ['… with a blank behind the prefix', all, { 'x-servicedesk-signature': `sha256= ${hex}` }, bodyId],
    ['… with a prefix in capitals', all, { 'x-servicedesk-signature': `SHA256=${hex.toUpperCase()}` }, bodyId],
    ['… in quotation marks', all, { 'x-servicedesk-signature': `"sha256=${hex}"` }, bodyId],
    ['… with the name of the HMAC', all, { 'x-servicedesk-signature': `HMAC-SHA256=${hex}` }, bodyId],
    ['… with a colon', all, { 'x-servicedesk-signature': `sha256:${hex}` }, bodyId],
    [
      '… as .NET prints bytes',
      all,
      { 'x-servicedesk-signature': hex.toUpperCase().replaceAll(/..(?=.)/g, '$&-') },
      bodyId,
    ],
    ['… with other dashes', all, { 'x-servicedesk-signature': hex.replaceAll(/...(?=.)/g, '$&-') }, undefined],
    ['… in base64', all, { 'x-servicedesk-signature': base64 }, bodyId],
    ['… in base64 with the prefix', all, { 'x-servicedesk-signature': `sha256=${base64}` }, bodyId],
    ['… in base64 without padding', all, { 'x-servicedesk-signature': base64.replace('=', '') }, bodyId],
    ['… in base64 of URLs', all, { 'x-servicedesk-signature': Buffer.from(hex, 'hex').toString('base64url') }, bodyId],
    ['… in base64 with more in it', all, { 'x-servicedesk-signature': `${base64}!` }, undefined],
    ['… in base64 of the hex', all, { 'x-servicedesk-signature': Buffer.from(hex).toString('base64') }, undefined],
    ['… of another hash', all, { 'x-servicedesk-signature': `sha1=${hex}` }, undefined],
    ['… huge', all, { 'x-servicedesk-signature': 'a'.repeat(10_000) }, undefined],
    ['… for a tenant without that scheme', whsecTenant, { 'x-servicedesk-signature': hex }, undefined],
    ['a static token', all, { 'x-desk-token': 'secret-a' }, bodyId],
    ['… of which a proxy has repeated the header', all, { 'x-desk-token': 'secret-a, secret-a' }, bodyId],
    ['… the older one', all, { 'x-desk-token': 'secret-b' }, bodyId],
    ['… in the tenant’s own header', tokenOnly, { 'x-other': 'secret-a' }, bodyId],
    ['… in another header', tokenOnly, { 'x-desk-token': 'secret-a' }, undefined],
    ['… that is wrong', all, { 'x-desk-token': 'secret' }, undefined],
    ['… that is empty', all, { 'x-desk-token': '' }, undefined],
    ['… with more after it', all, { 'x-desk-token': 'secret-a2' }, undefined],
    ['… with more after 256 characters', longToken, { 'x-desk-token': `${'t'.repeat(256)}x` }, undefined],
    ['… of 256 characters', longToken, { 'x-desk-token': 't'.repeat(256) }, bodyId],
    ['… huge', all, { 'x-desk-token': 'a'.repeat(15_000) }, undefined],
    ['nothing', all, {}, undefined],
    [
      'anything for an unknown tenant',
      undefined,
      { ...sign(), 'x-desk-token': 'secret-a', 'x-servicedesk-signature': hex },
      undefined,
    ],
    ['a wrong one beside a right one', all, { ...sign({ key: 'x' }), 'x-servicedesk-signature': hex }, bodyId],
  ])('%s', (_what, who, headers, id) => {
    const delivery = authenticate(who, { headers, body, nowSeconds: now });
    if (id === undefined) expect(delivery).toBeUndefined();
    else expect(delivery?.id).toMatch(id);
  });

  /** With one bit the other way round. */
  function flipped(bytes: Buffer, at: number): Buffer {
    const changed = Buffer.from(bytes);
    const bit = at % (8 * changed.length);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return changed;
  }

  const schemes: [name: string, sign: (body: string) => Record<string, string>][] = [
    ['Standard Webhooks', (signed) => standardWebhook(signed, { id: 'msg_1', timestamp: now, key: 'secret-a' })],
    ['X-ServiceDesk-Signature', (signed) => serviceDeskSignature(signed, 'secret-a')],
  ];

  it.each(schemes)('of %s holds for no other body: no bit of it may change', (_name, signer) => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }), fc.nat(), (content, at) => {
        const original = Buffer.from(content);
        const headers = signer(content);
        expect(authenticate(all, { headers, body: original, nowSeconds: now })).toEqual(aDelivery);
        expect(authenticate(all, { headers, body: flipped(original, at), nowSeconds: now })).toBeUndefined();
      }),
    );
  });

  const withToken: typeof schemes = [...schemes, ['a static token', () => ({ 'x-desk-token': 'secret-a' })]];

  it.each(withToken)('of %s: no bit of its headers may change', (_name, signer) => {
    const headers = signer(text);
    fc.assert(
      fc.property(fc.constantFrom(...Object.entries(headers)), fc.nat(), ([header, value], at) => {
        const changed = flipped(Buffer.from(value, 'latin1'), at).toString('latin1');
        // Hexadecimal digits are as good in capitals.
        fc.pre(header !== 'x-servicedesk-signature' || changed.toLowerCase() !== value.toLowerCase());
        expect(
          authenticate(all, { headers: { ...headers, [header]: changed }, body, nowSeconds: now }),
        ).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('signing as a tenant', () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((part) => Buffer.from(part));
  const delivery = { id: 'msg_1', timestampSeconds: now };

  it.each(signingSchemes)('by %s is what the verifier takes, for any bytes and the newest secret', (scheme) => {
    fc.assert(
      fc.property(bytes, (content) => {
        const headers = signAs(all.webhook, scheme, content, delivery);
        expect(headers && authenticate(all, { headers, body: content, nowSeconds: now })).toEqual(aDelivery);
        expect(
          headers &&
            authenticate(tenant({ standard_webhooks: { secrets: ['env:B'] } }), {
              headers,
              body: content,
              nowSeconds: now,
            }),
        ).toBe(undefined);
      }),
    );
  });

  it('knows which schemes a tenant has, and makes nothing of one that it has not', () => {
    expect(schemesOf(all.webhook)).toEqual(['standard', 'servicedesk', 'token']);
    expect(schemesOf(tokenOnly.webhook)).toEqual(['token']);
    expect(signAs(tokenOnly.webhook, 'standard', body, delivery)).toBeUndefined();
    expect(signAs(whsecTenant.webhook, 'standard', body, delivery)).toEqual(
      standardWebhook(text, { id: 'msg_1', timestamp: now, key: Buffer.from('0123456789abcdef0123456789abcdef') }),
    );
    expect(signAs(tokenOnly.webhook, 'token', body, delivery)).toEqual({ 'x-other': 'secret-a' });
  });
});

/** https://www.npmjs.com/package/standardwebhooks, as docs/running.md and docs/tenants.md have secrets made for it. */
describe('the official Standard Webhooks library', () => {
  const secrets = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((key) => Buffer.from(key).toString('base64'));
  const bodies = fc.string({ maxLength: 200, unit: 'grapheme' });

  function signedBy(secret: string, content: string): Record<string, string> {
    const signature = new Webhook(secret).sign('msg_1', new Date(now * 1000), content);
    return { 'webhook-id': 'msg_1', 'webhook-timestamp': String(now), 'webhook-signature': signature };
  }

  const tenantWith = (secret: string) => tenant({ standard_webhooks: { secrets: ['env:S'] } }, { S: secret });

  it('signs what is taken, with a secret of whsec_ and 24 to 64 bytes, under either name of the headers', () => {
    fc.assert(
      fc.property(secrets, bodies, (encoded, content) => {
        const who = tenantWith(`whsec_${encoded}`);
        const headers = signedBy(`whsec_${encoded}`, content);
        expect(authenticate(who, { headers, body: Buffer.from(content), nowSeconds: now })).toEqual({
          id: 'webhook-id:msg_1',
        });
        expect(authenticate(who, { headers: svix(headers), body: Buffer.from(content), nowSeconds: now })).toEqual({
          id: 'webhook-id:msg_1',
        });
      }),
    );
  });

  it('takes base64 for bytes also without the prefix, and the service does not: the documents write the prefix', () => {
    const encoded = Buffer.alloc(32, 7).toString('base64');
    expect(
      authenticate(tenantWith(encoded), { headers: signedBy(encoded, text), body, nowSeconds: now }),
    ).toBeUndefined();
  });

  it('verifies what our own commands sign', () => {
    const headers = signAs(whsecTenant.webhook, 'standard', body, { id: 'msg_1', timestampSeconds: Date.now() / 1000 });
    expect(new Webhook(whsec).verify(text, headers ?? {})).toEqual(JSON.parse(text));
  });
});
