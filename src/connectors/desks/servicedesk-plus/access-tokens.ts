import { createHash } from 'node:crypto';
import { z } from 'zod';
import { EnhancementError } from '../../../enhancement/index.js';
import { boundedJsonIn } from '../../../json/bounded-json.js';
import { neverShow } from '../../../logging/known-secrets.js';
import { exchangeHttp, type HttpAnswer } from '../../http-exchange.js';
import type { ProxyFor } from '../../proxy.js';
import { fromExchange, readCredential } from '../desk-failures.js';
import type { Credential } from '../desk-kind.js';
import type { RefreshSecrets, TokenStore } from './token-store.js';

/**
 * Access tokens of Zoho, which are valid for an hour, obtained with a refresh token, which does not expire. Sources:
 * zoho.com/accounts/protocol/oauth ("Refresh access token", "Token limits": ten access tokens in ten minutes for each refresh
 * token).
 */
export interface AccessTokens {
  /**
   * A token that is valid for at least some minutes.
   *
   * @throws {EnhancementError} `DESK_UNAUTHORIZED`, `DESK_RATE_LIMITED`, `DESK_UNAVAILABLE`, `DESK_CREDENTIAL_UNREADABLE`
   */
  current(signal: AbortSignal): Promise<string>;
  /** Reports that the desk refused the latest token. */
  refused(): Promise<void>;
}

export interface RefreshOptions {
  readonly accountsUrl: string;
  /** Read anew at each renewal. */
  readonly clientId: () => Credential;
  readonly clientSecret: () => Credential;
  readonly refreshToken: () => Credential;
  readonly allowPrivateNetwork: boolean;
  readonly proxyFor?: ProxyFor | undefined;
  /** For one request, milliseconds. */
  readonly timeoutMs: number;
  readonly store: TokenStore;
  /** Epoch milliseconds. Default: `Date.now`. */
  readonly nowMs?: () => number;
}

/** A token that ends sooner than this is renewed. Milliseconds. */
const renewAheadMs = 5 * 60_000;
const longestAnswerBytes = 64 * 1024;
const defaultLifeSeconds = 3600;

const grantedSchema = z.object({
  access_token: z.string().min(1).max(4096),
  expires_in: z.number().positive().max(86_400).catch(defaultLifeSeconds),
});
/** Zoho reports errors with HTTP 200, too. */
const refusedSchema = z.object({ error: z.string().max(100) });
/** Zoho's error for too many requests. */
const throttledError = 'Access Denied';

export function createAccessTokens(options: RefreshOptions): AccessTokens {
  const { store, nowMs = Date.now } = options;
  let known: { readonly token: string; readonly endsMs: number } | undefined;
  let refusedToken: string | undefined;
  /** The renewal in progress: concurrent calls wait for it. */
  let renewing: Promise<string> | undefined;

  const isFresh = (one: typeof known): one is NonNullable<typeof known> =>
    one !== undefined && one.token !== refusedToken && one.endsMs - nowMs() > renewAheadMs;

  async function renew(signal: AbortSignal): Promise<string> {
    const secrets = readSecrets(options);
    const stored = await store.read(secrets);
    if (isFresh(stored)) known = stored;
    if (isFresh(known)) return known.token;
    const waitMs = await store.claimRenewal(secrets);
    if (waitMs > 0) {
      // Another process renews it, or has just done so. Until then the old token is used if it is still valid.
      const old = [stored, known].find(
        (one) => one !== undefined && one.token !== refusedToken && one.endsMs > nowMs(),
      );
      if (old !== undefined) return old.token;
      const message = 'The desk’s access token is being renewed. Check the scopes of the refresh token if this lasts.';
      throw new EnhancementError('DESK_UNAUTHORIZED', message, { deferMs: waitMs });
    }
    try {
      known = await request(secrets, options, nowMs, signal);
    } catch (error) {
      await store.endRenewal(secrets, isRefusal(error));
      throw error;
    }
    await store.write(secrets, known);
    return known.token;
  }

  return {
    current(signal) {
      if (isFresh(known)) return Promise.resolve(known.token);
      renewing ??= renew(signal).finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    async refused() {
      refusedToken = known?.token;
    },
  };
}

/** A refusal does not pass by itself; other failures do. */
function isRefusal(error: unknown): boolean {
  return error instanceof EnhancementError && error.code !== 'DESK_UNAVAILABLE';
}

function readSecrets({ accountsUrl, clientId, clientSecret, refreshToken }: RefreshOptions): RefreshSecrets {
  const secrets = {
    clientId: readCredential(clientId),
    clientSecret: readCredential(clientSecret),
    refreshToken: readCredential(refreshToken),
  };
  const all = JSON.stringify([accountsUrl, secrets.clientId, secrets.clientSecret, secrets.refreshToken]);
  return { ...secrets, name: createHash('sha256').update(all).digest('hex').slice(0, 40) };
}

async function request(
  { clientId, clientSecret, refreshToken }: RefreshSecrets,
  { accountsUrl, allowPrivateNetwork, proxyFor, timeoutMs }: RefreshOptions,
  nowMs: () => number,
  signal: AbortSignal,
): Promise<{ token: string; endsMs: number }> {
  const url = new URL(`${accountsUrl}/oauth/v2/token`);
  // In the body, because addresses appear in logs.
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  }).toString();
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const limits = { maxBytes: longestAnswerBytes, timeoutMs, allowPrivateNetwork, proxyFor };
  const askedMs = nowMs();
  const outcome = await exchangeHttp({ method: 'POST', url, headers, body, signal, ...limits });
  if (outcome.kind !== 'answered') {
    signal.throwIfAborted();
    throw fromExchange(outcome.error);
  }
  const answer = boundedJsonIn(outcome.answer.text);
  const granted = grantedSchema.safeParse(answer).data;
  if (granted === undefined || outcome.answer.status >= 400) throw failureOf(outcome.answer, answer, url);
  neverShow([granted.access_token]);
  return { token: granted.access_token, endsMs: askedMs + granted.expires_in * 1000 };
}

function failureOf({ status, retryAfterMs }: HttpAnswer, answer: unknown, { host }: URL): EnhancementError {
  const error = refusedSchema.safeParse(answer).data?.error;
  const detail = `HTTP ${status}${error === undefined ? '' : `, ${error}`}`;
  if (status === 429 || error === throttledError) {
    const message = `${host} gives no access token for a while (${detail}): it was asked too often.`;
    return new EnhancementError('DESK_RATE_LIMITED', message, { retryAfterMs });
  }
  if (error !== undefined && status < 500) {
    const message = `${host} refuses to renew the access token (${detail}). Check client id, client secret, refresh token and data_center.`;
    return new EnhancementError('DESK_UNAUTHORIZED', message);
  }
  const message = `${host} did not renew the access token (${detail}). Check that it works, and data_center.`;
  return new EnhancementError('DESK_UNAVAILABLE', message, { retryAfterMs });
}
