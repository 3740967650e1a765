import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import { z } from 'zod';
import { type ClientCertificate, readClientCertificate } from './client-certificate.js';
import { problemOfModelPath } from './model-url.js';
import { parseRedisUrl, type RedisAddress, RedisUrlError } from './redis-url.js';

/** The kinds of environment variables: how each is written, checked and parsed. */

/** One environment variable, as data: parsed, documented and checked for misspellings from this. */
export interface Variable {
  readonly type: string;
  /** `ms`, `bytes`… or empty. */
  readonly unit: string;
  /** As the documentation shows it. */
  readonly default: string;
  readonly meaning: string;
  /** The part that must not appear in logs. The status page only shows whether such a variable is set. */
  readonly secret?: 'all' | 'password';
  /** The roles that need a secret; it is removed from the environment of other children. The primary has all. */
  readonly children?: readonly ('http' | 'worker')[];
  /** The primary uses it at its start alone, so that a reload cannot change it. */
  readonly atStartOnly?: true;
  readonly schema: z.ZodType;
}

function integer(minimum: number, maximum: number, byDefault: number) {
  const message = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .pipe(z.number().min(minimum, message).max(maximum, message))
    .default(byDefault);
}

export function number(
  [minimum, maximum]: readonly [number, number],
  byDefault: number,
  unit: string,
  meaning: string,
) {
  const schema = integer(minimum, maximum, byDefault);
  return { type: `whole number, ${minimum} to ${maximum}`, unit, default: String(byDefault), meaning, schema } as const;
}

/** @param values the words that are accepted */
export function choice<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` });
}

export function text(byDefault: string, meaning: string) {
  return { type: 'text', unit: '', default: byDefault, meaning, schema: z.string().default(byDefault) } as const;
}

/** An address to listen on. Of IPv6, the brackets of an address in a URL are removed. */
export function host(byDefault: string, meaning: string) {
  const schema = z
    .string()
    .transform((text) => (text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text))
    .refine(
      (text) => isIP(text) !== 0 || /^[\p{L}\p{N}._-]+$/u.test(text),
      'must be an IP address or a name of this machine, without scheme and port',
    );
  return { ...text(byDefault, meaning), schema: schema.default(byDefault) } as const;
}

export function optional(type: string, meaning: string, schema: z.ZodType<string> = z.string()) {
  return { type, unit: '', default: '', meaning, schema: schema.optional() } as const;
}

/** @param schema default: any text */
export function secret(meaning: string, children: NonNullable<Variable['children']>, schema?: z.ZodType<string>) {
  return { ...optional('secret', meaning, schema), secret: 'all', children } as const;
}

/** A key or token. Anything else cannot be sent in a header, or arrives there as another text. */
export const headerValue = z
  .string()
  .regex(/^[\x20-\x7e]+$/, 'must be one line of printable ASCII, because it is sent in a header');

/** A key that is sent to another server. The scheme is put before it, so one that is copied along from an example is removed. */
export const sentKey = headerValue.transform((text) => text.replace(/^bearer +(?=.)/i, ''));

export const redisUrl = z.string().superRefine((url, context) => {
  const problem = problemOfRedisUrl(url);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

function problemOfRedisUrl(url: string): string | undefined {
  let address: RedisAddress;
  try {
    address = parseRedisUrl(url);
  } catch (error) {
    if (error instanceof RedisUrlError) return error.message;
    throw error;
  }
  if (address.kind === 'sentinel' && address.sentinelPassword !== undefined)
    return 'must not contain the password of the sentinels; REDIS_SENTINEL_PASSWORD is the variable for it';
  return address.kind === 'socket' ? undefined : problemOfCertificate(address.clientCertificate);
}

function problemOfCertificate(certificate: ClientCertificate | undefined): string | undefined {
  if (certificate === undefined) return undefined;
  try {
    readClientCertificate(certificate);
    return undefined;
  } catch (error) {
    const why = isNativeError(error) ? error.message : String(error);
    return `names a client certificate that cannot be used (${why}); cert and key must be PEM files that belong together`;
  }
}

export const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
  // fetch refuses an address with a password, which would also be shown wherever the address is.
  .refine(
    (url) => !/^\w+:\/\/[^/?#]*@/.test(url),
    'must not contain a user or password; the key has a variable of its own',
  )
  .refine((url) => !/[?#]/.test(url), 'must end with its path, for what is asked is put behind it');

export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header: letters, digits and hyphens');

/** May have a query, such as Azure's API version, which is put behind the path of each request. */
export const modelUrl = z.string().superRefine((text, context) => {
  const problem = problemOfModelUrl(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

function problemOfModelUrl(text: string): string | undefined {
  const [address = ''] = text.split(/[?#]/, 1);
  return webUrl.safeParse(address).error?.issues[0]?.message ?? problemOfModelPath(address, text.slice(address.length));
}

/** As in curl, the default scheme is http. */
export const proxyUrl = z
  .string()
  .transform((text) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`))
  .refine(isProxyUrl, 'must be the http:// or https:// address of a proxy, host:port, with nothing behind it');

function isProxyUrl(text: string): boolean {
  try {
    const { protocol, username, password, pathname, search, hash } = new URL(text);
    decodeURIComponent(`${username}${password}`);
    return /^https?:$/.test(protocol) && `${pathname}${search}${hash}` === '/';
  } catch {
    return false;
  }
}

/** Host names as browsers send them, without a port. IP addresses need no entry. */
const hostName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

export const hostNames = z.string().transform((text, context): readonly string[] => {
  const names = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (!names.every((name) => hostName.test(name))) {
    context.addIssue({
      code: 'custom',
      message: 'must be host names with commas between, without scheme, port and path',
    });
    return z.NEVER;
  }
  return names;
});

/** Made absolute: the configuration is also shown where the service's working folder is unknown. */
export const absolutePath = z.string().transform((path) => resolve(path));

export const oneDayMs = 86_400_000;

/** `name=value,name=value`, values percent-encoded: the form of OpenTelemetry's lists (W3C Baggage). */
export const pairs = z.string().transform((text, context) => {
  const found: Record<string, string> = {};
  for (const pair of text.split(',').filter((one) => one.trim() !== '')) {
    const at = pair.indexOf('=');
    try {
      if (at < 1) throw new URIError('no name');
      found[pair.slice(0, at).trim()] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be name=value pairs with commas between, values percent-encoded',
      });
      return z.NEVER;
    }
  }
  return found;
});

/** Marks what the primary uses at its start alone. */
export function atStart<const V extends Omit<Variable, 'atStartOnly'>>(variable: V) {
  return { ...variable, atStartOnly: true } as const;
}
