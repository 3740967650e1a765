import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DeskTools, deskKind } from '../../../../src/connectors/desks/index.js';
import { createAccessTokens } from '../../../../src/connectors/desks/servicedesk-plus/access-tokens.js';
import { createRedisTokenStore } from '../../../../src/connectors/desks/servicedesk-plus/token-store.js';
import type { NoteToPost } from '../../../../src/enhancement/index.js';
import { withoutKnownSecrets } from '../../../../src/logging/known-secrets.js';
import { startZohoAccounts } from '../../../support/desks/zoho-accounts.js';
import { redisOfFile } from '../../../support/of-file.js';
import { deskOfTest } from '../../../support/of-test.js';
import { eachTest } from '../../../support/opened.js';
import { readable, ticketJob } from '../../../support/worker.js';

/** ServiceDesk Plus in the cloud, whose access tokens are renewed with a refresh token. */

const redis = redisOfFile();
const accounts = eachTest(startZohoAccounts, (opened) => opened.close());
const { signal } = new AbortController();
let nowMs = Date.now();
beforeEach(async () => {
  await redis.client.flushall();
  nowMs = Date.now();
});

/** Each is another process. */
const worker = (secrets: { refreshToken?: string; accountsUrl?: string } = {}) =>
  createAccessTokens({
    accountsUrl: secrets.accountsUrl ?? accounts.url,
    clientId: readable('client'),
    clientSecret: readable('client-secret'),
    refreshToken: readable(secrets.refreshToken ?? '1000.refresh'),
    allowPrivateNetwork: true,
    timeoutMs: 2000,
    store: createRedisTokenStore(redis.client),
    nowMs: () => nowMs,
  });

/** As if it had been for this long that somebody renewed the token. */
async function endRest(): Promise<void> {
  const keys = await redis.client.keys('*:claim');
  if (keys.length > 0) await redis.client.del(...keys);
}

describe('an access token', () => {
  it('is asked for once, however many want it, in however many processes', async () => {
    const workers = [worker(), worker(), worker()];
    await workers[0]?.current(signal);
    const tokens = await Promise.all(workers.flatMap((one) => [one.current(signal), one.current(signal)]));
    expect(new Set(tokens)).toEqual(new Set(['1000.access-1']));
    expect(accounts.asked).toHaveLength(1);
    expect(accounts.paths).toEqual(['/oauth/v2/token']);
  });

  it('is asked for by one of two processes that begin at once, and the other gets it at its next attempt', async () => {
    const [one, other] = [worker(), worker()];
    const results = await Promise.allSettled([one.current(signal), other.current(signal)]);
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    for (const result of results) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ deferralReason: 'credential_refused', deferMs: expect.any(Number) });
      }
    }
    expect([await one.current(signal), await other.current(signal)]).toEqual(['1000.access-1', '1000.access-1']);
    expect(accounts.asked).toHaveLength(1);
  });

  it('is renewed five minutes before it ends, and used until then by who cannot renew it', async () => {
    const tokens = worker();
    await tokens.current(signal);
    nowMs += 54 * 60_000;
    expect(await tokens.current(signal)).toBe('1000.access-1');
    nowMs += 2 * 60_000;
    // Somebody has just renewed it, or is about to.
    expect(await tokens.current(signal)).toBe('1000.access-1');
    await endRest();
    expect(await tokens.current(signal)).toBe('1000.access-2');
    expect(await worker().current(signal)).toBe('1000.access-2');
  });

  it('that the desk refuses is replaced, but not sooner than the server allows', async () => {
    const tokens = worker();
    await tokens.current(signal);
    await tokens.refused();
    await expect(tokens.current(signal)).rejects.toMatchObject({ code: 'DESK_UNAUTHORIZED' });
    expect(accounts.asked).toHaveLength(1);
    await endRest();
    expect(await tokens.current(signal)).toBe('1000.access-2');
    await tokens.current(signal);
    expect(accounts.asked).toHaveLength(2);
  });

  it('is asked for again at once after a server that did not work, and by another when its process dies', async () => {
    accounts.answer({ status: 502, body: '<html>Bad gateway</html>' });
    await expect(worker().current(signal)).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE' });
    await expect(worker({ accountsUrl: 'http://127.0.0.1:1' }).current(signal)).rejects.toMatchObject({
      code: 'DESK_UNAVAILABLE',
    });
    accounts.answer(undefined);
    expect(await worker().current(signal)).toBe('1000.access-1');
    for (const key of await redis.client.keys('*:claim')) expect(await redis.client.pttl(key)).toBeGreaterThan(0);
  });

  it.each([
    [{ status: 200, body: { error: 'invalid_code' } }, 'DESK_UNAUTHORIZED', /HTTP 200, invalid_code.*refresh token/],
    [{ status: 400, body: { error: 'invalid_client' } }, 'DESK_UNAUTHORIZED', /invalid_client/],
    [{ status: 400, body: { error: 'Access Denied', status: 'failure' } }, 'DESK_RATE_LIMITED', /asked too often/],
    [{ status: 429, body: {} }, 'DESK_RATE_LIMITED', /HTTP 429/],
    [{ status: 200, body: { access_token: '' } }, 'DESK_UNAVAILABLE', /did not renew/],
    [{ status: 200, body: '[[' }, 'DESK_UNAVAILABLE', /did not renew/],
  ])('is not had from the answer %j, whose words the job shows', async (answer, code, words) => {
    accounts.answer(answer);
    const tokens = worker();
    const failure = await tokens.current(signal).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(String(failure)).not.toMatch(/client-secret|1000\.refresh/);
  });

  it('that is refused for good is not asked for by every job', async () => {
    accounts.answer({ status: 200, body: { error: 'invalid_code' } });
    const workers = [worker(), worker(), worker()];
    for (const one of workers) await one.current(signal).catch(() => undefined);
    expect(accounts.asked).toHaveLength(1);
  });

  it('is in Redis for those with the same secrets alone, and in no log', async () => {
    const token = await worker().current(signal);
    const stored = await redis.client.keys('*');
    expect(stored).toHaveLength(2);
    for (const key of stored) {
      const value = (await redis.client.get(key)) ?? '';
      for (const form of [`${key} ${value}`, Buffer.from(value, 'base64').toString('latin1')]) {
        expect(form).not.toMatch(/access-1|redis.client-secret|refresh|1000\./);
      }
      expect(await redis.client.pttl(key)).toBeGreaterThan(0);
    }
    expect(withoutKnownSecrets(`Zoho-oauthtoken ${token}`)).not.toContain(token);
    await expect(worker({ refreshToken: '1000.other' }).current(signal)).rejects.toMatchObject({
      code: 'DESK_UNAUTHORIZED',
    });
  });

  it('is renewed where somebody has written something else into Redis', async () => {
    await worker().current(signal);
    await endRest();
    for (const key of await redis.client.keys('*:token')) await redis.client.set(key, 'AAAA');
    expect(await worker().current(signal)).toBe('1000.access-2');
  });
});

describe('a desk in the cloud', () => {
  const server = deskOfTest({ deployment: 'cloud', credential: '1000.access-1' });

  const secrets = { client_id: 'client', client_secret: 'client-secret', refresh_token: '1000.refresh' } as const;
  const open = () =>
    deskKind('servicedesk-plus').open(
      {
        base_url: server.baseUrl,
        deployment: 'cloud',
        allow_private_network: true,
        oauth: {
          client_id: 'env:client_id',
          client_secret: 'env:client_secret',
          refresh_token: 'env:refresh_token',
          accounts_url: `${accounts.url}/`,
        },
      },
      {
        renewable: (_key, reference) =>
          readable(Object.entries(secrets).find(([name]) => reference === `env:${name}`)?.[1] ?? ''),
      },
    );
  const ticket = ticketJob({ ticketId: '42' });
  const note: NoteToPost = {
    mode: 'extractive',
    html: '<p>note ticket-enhancer#d1</p>',
    text: '',
    wiki: '',
    citations: [],
    marker: 'ticket-enhancer#d1',
    correlationId: 'c',
  };

  it('gets its note with a renewed token, and the next token after it refuses one', async () => {
    const tools: DeskTools = { tenantId: 'acme', redis: redis.client };
    const desk = open().connect(tools);
    const post = () => desk.addNote(ticket, note, performance.now() + 5000, signal);
    expect(await post()).toEqual({ kind: 'added' });
    expect(await desk.hasNote(ticket, note.marker, signal)).toBe(true);
    server.setCredential('1000.access-2');
    expect(await post()).toMatchObject({ kind: 'not-added', error: { code: 'DESK_UNAUTHORIZED' } });
    await endRest();
    expect(await post()).toEqual({ kind: 'added' });
    expect(accounts.given).toHaveLength(2);
  });

  it('is checked with a token of its own', async () => {
    const probe = { proxyFor: () => undefined, timeoutMs: 5000 };
    expect(await open().probe(probe, signal)).toMatch(/answers and takes the credential/);
    accounts.answer({ status: 200, body: { error: 'invalid_code' } });
    await expect(open().probe(probe, signal)).rejects.toThrow(/invalid_code/);
    expect(await redis.client.keys('*')).toEqual([]);
  });
});
