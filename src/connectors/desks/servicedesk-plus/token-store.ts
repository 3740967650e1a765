import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { RedisClient } from '../../../redis/connection.js';
import { keyPrefix } from '../../../redis/key-prefix.js';
import { runScript } from '../../redis-script.js';

/** The credentials with which a token is obtained and encrypted. */
export interface RefreshSecrets {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** Identifies the token in a store, without revealing it. */
  readonly name: string;
}

/** Shares an access token among all workers of all instances. */
export interface TokenStore {
  /** Undefined: no token is stored, or these secrets cannot decrypt it. */
  read(secrets: RefreshSecrets): Promise<StoredToken | undefined>;
  /**
   * Only one process renews a token at a time, and none during the pause after a renewal.
   *
   * @returns 0: the caller renews it; else the time after which it may be tried again, milliseconds
   */
  claimRenewal(secrets: RefreshSecrets): Promise<number>;
  /**
   * Ends a renewal that failed.
   *
   * @param pause whether the next one begins only after a pause
   */
  endRenewal(secrets: RefreshSecrets, pause: boolean): Promise<void>;
  /** Stores the token and ends the renewal; the next one begins only after a pause. */
  write(secrets: RefreshSecrets, token: StoredToken): Promise<void>;
}

export interface StoredToken {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly endsMs: number;
}

/** The claim of a worker that dies expires after this: longer than the request may take. Milliseconds. */
const claimMs = 30_000;
/** Pause between two renewals: Zoho issues ten tokens in ten minutes. Milliseconds. */
const pauseMs = 120_000;

/** KEYS claim; ARGV milliseconds. */
const claimScript = `
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 0 end
return math.max(1, redis.call('PTTL', KEYS[1]))`;

const tokenSchema = z.object({ token: z.string(), endsMs: z.number() });

/** Encrypts tokens with a key derived from the client's secrets, so that access to Redis or its files yields no token. */
export function createRedisTokenStore(redis: RedisClient): TokenStore {
  const key = ({ name }: RefreshSecrets, part: 'token' | 'claim'): string =>
    `${keyPrefix(redis)}:desk-oauth:${name}:${part}`;
  return {
    async read(secrets) {
      const sealed = await runScript(redis, `return redis.call('GET', KEYS[1])`, [key(secrets, 'token')], []);
      return typeof sealed === 'string' ? open(sealed, secrets) : undefined;
    },
    async claimRenewal(secrets) {
      return z.number().parse(await runScript(redis, claimScript, [key(secrets, 'claim')], [claimMs]));
    },
    async endRenewal(secrets, pause) {
      const script = pause ? `return redis.call('PEXPIRE', KEYS[1], ARGV[1])` : `return redis.call('DEL', KEYS[1])`;
      await runScript(redis, script, [key(secrets, 'claim')], [pauseMs]);
    },
    async write(secrets, token) {
      const script = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])`;
      const keys = [key(secrets, 'token'), key(secrets, 'claim')];
      const lastsMs = Math.max(1, Math.floor(token.endsMs - Date.now()));
      await runScript(redis, script, keys, [seal(token, secrets), lastsMs, pauseMs]);
    },
  };
}

/** Stores nothing: for a single process, such as `check`. */
export function createLocalTokenStore(): TokenStore {
  return {
    read: async () => undefined,
    claimRenewal: async () => 0,
    endRenewal: async () => undefined,
    write: async () => undefined,
  };
}

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

function keyOf({ clientSecret, refreshToken, name }: RefreshSecrets): Buffer {
  return Buffer.from(hkdfSync('sha256', `${clientSecret}\n${refreshToken}`, name, 'access token', 32));
}

function seal(token: StoredToken, secrets: RefreshSecrets): string {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, keyOf(secrets), nonce);
  const text = Buffer.concat([sealing.update(JSON.stringify(token), 'utf8'), sealing.final()]);
  return Buffer.concat([nonce, sealing.getAuthTag(), text]).toString('base64');
}

function open(sealed: string, secrets: RefreshSecrets): StoredToken | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const opening = createDecipheriv(cipher, keyOf(secrets), bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    opening.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    const text = Buffer.concat([opening.update(bytes.subarray(nonceBytes + tagBytes)), opening.final()]);
    return tokenSchema.parse(JSON.parse(text.toString('utf8')));
  } catch {
    return undefined; // not written by this service, or under other secrets
  }
}
