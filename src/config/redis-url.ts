import type { ClientCertificate } from './client-certificate.js';

/** Parses `REDIS_URL`, for the configuration and for connections alike. */

export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

export interface RedisCredentials {
  readonly username?: string;
  readonly password?: string;
}

interface Reached extends RedisCredentials {
  /** Whether connections are encrypted, including those to sentinels. */
  readonly tls: boolean;
  /** With which this client identifies itself, also to sentinels. */
  readonly clientCertificate?: ClientCertificate;
  /** IP version; 0: both. */
  readonly family: 0 | 4 | 6;
}

export type RedisAddress =
  | { readonly kind: 'socket'; readonly path: string; readonly db: number }
  | ({ readonly kind: 'server'; readonly db: number } & RedisHost & Reached)
  /** Some of the nodes, which name the others. */
  | ({ readonly kind: 'cluster'; readonly nodes: readonly RedisHost[] } & Reached)
  | ({
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisHost[];
      readonly sentinelUsername?: string;
      readonly sentinelPassword?: string;
      /** The sentinels' name for the primary. */
      readonly name: string;
      readonly db: number;
    } & Reached);

/** The message completes a sentence whose subject is the variable. It quotes nothing: any part may contain the password. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';
  readonly code = 'REDIS_URL_INVALID';
}

const forms =
  'must be redis://…, rediss://…, redis+cluster://host:port,…, redis+sentinel://host:port,…/name or unix:///path/to/redis.sock';

type NetworkKind = Exclude<RedisAddress['kind'], 'socket'>;

const schemes: Readonly<Record<string, { readonly kind: NetworkKind; readonly tls: boolean }>> = {
  redis: { kind: 'server', tls: false },
  rediss: { kind: 'server', tls: true },
  valkey: { kind: 'server', tls: false },
  valkeys: { kind: 'server', tls: true },
  'redis+cluster': { kind: 'cluster', tls: false },
  'rediss+cluster': { kind: 'cluster', tls: true },
  'redis+sentinel': { kind: 'sentinel', tls: false },
  'rediss+sentinel': { kind: 'sentinel', tls: true },
};

const redisPort = 6379;
const sentinelPort = 26_379;

/** @throws {RedisUrlError} */
export function parseRedisUrl(url: string): RedisAddress {
  if (url.startsWith('unix:')) return parseSocket(url);
  if (/[\s\p{Cc}]/u.test(url)) {
    throw new RedisUrlError('must not contain a blank or a line end; in a password write a blank as %20');
  }
  const [, written = '', rest = ''] = /^([\w+]+):\/\/(.*)$/.exec(url) ?? [];
  const schemeName = written.toLowerCase();
  const scheme = Object.hasOwn(schemes, schemeName) ? schemes[schemeName] : undefined;
  if (scheme === undefined) throw new RedisUrlError(forms);
  const [beforeQuery = '', query, ...more] = rest.split('?');
  if (more.length > 0 || rest.includes('#')) {
    throw new RedisUrlError('must not contain # or a second ?; in a password write # as %23 and ? as %3F');
  }
  const options = parseOptions(query ?? '', scheme.kind);
  const clientCertificate = certificateOf(options, scheme.tls);
  const [, authority = '', path] = /^([^/]*)(?:\/(.*))?$/.exec(beforeQuery) ?? [];
  const at = authority.lastIndexOf('@');
  const reached: Reached = {
    tls: scheme.tls,
    family: options.family,
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...parseCredentials(at === -1 ? '' : authority.slice(0, at)),
  };
  const hosts = parseHosts(authority.slice(at + 1), scheme.kind === 'sentinel' ? sentinelPort : redisPort);
  switch (scheme.kind) {
    case 'server':
      return { kind: 'server', ...onlyOf(hosts), ...reached, db: databaseOf(path, options.db) };
    case 'cluster':
      if (path) throw new RedisUrlError('must end with the last node, because a Redis Cluster has one database');
      return { kind: 'cluster', nodes: hosts, ...reached };
    case 'sentinel': {
      if (path === undefined || !/^[\w.-]+$/.test(path)) {
        throw new RedisUrlError(
          'must name the primary as its sentinels know it, behind a slash, such as redis+sentinel://host:26379/mymaster',
        );
      }
      return {
        kind: 'sentinel',
        sentinels: hosts,
        name: path,
        ...reached,
        ...options.ofSentinels,
        db: options.db ?? 0,
      };
    }
  }
}

/** The path is used unchanged: a folder may have a blank or a # in its name. */
function parseSocket(url: string): RedisAddress {
  const [path = '', db = '0'] = url.slice('unix://'.length).split('?db=', 2);
  if (!url.startsWith('unix://') || !/^\/[^/]/.test(path)) throw new RedisUrlError(forms);
  return { kind: 'socket', path, db: parseDatabase(db) };
}

/** The parameter that carries the sentinels' own password from one process of the service to another. */
const sentinelPasswordKey = 'sentinel_password';
/** Parameters about the sentinels' own user. */
const sentinelParameters = new Map<string, 'sentinelUsername' | 'sentinelPassword'>([
  ['sentinel_user', 'sentinelUsername'],
  [sentinelPasswordKey, 'sentinelPassword'],
]);

/** The address with the sentinels' own password, for connections. */
export function withSentinelPassword(redisUrl: string, password: string | undefined): string {
  if (password === undefined) return redisUrl;
  return `${redisUrl}${redisUrl.includes('?') ? '&' : '?'}${sentinelPasswordKey}=${encodeURIComponent(password)}`;
}

interface Options {
  readonly db?: number;
  readonly family: 0 | 4 | 6;
  readonly ofSentinels?: { readonly sentinelUsername?: string; readonly sentinelPassword?: string };
  /** Absolute paths: a process may run in another folder. */
  readonly cert?: string;
  readonly key?: string;
}

function parseOptions(query: string, kind: NetworkKind): Options {
  let options: Options = { family: 0 };
  for (const pair of query.split('&').filter((one) => one !== '')) {
    const [name = '', value = ''] = pair.split('=');
    const ofSentinels = kind === 'sentinel' ? sentinelParameters.get(name) : undefined;
    if (name === 'db' && kind !== 'cluster') options = { ...options, db: parseDatabase(value) };
    else if (name === 'family') options = { ...options, family: parseFamily(value) };
    else if (name === 'cert' || name === 'key') options = { ...options, [name]: decoded(value) };
    else if (ofSentinels !== undefined)
      options = { ...options, ofSentinels: { ...options.ofSentinels, [ofSentinels]: decoded(value) } };
    else {
      throw new RedisUrlError(
        'has an option behind its ? that is not known here; there are db (not with a cluster), family (4 or 6), cert, key and sentinel_user (with sentinels)',
      );
    }
  }
  return options;
}

function certificateOf({ cert, key }: Options, tls: boolean): ClientCertificate | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (!tls || !cert?.startsWith('/') || !key?.startsWith('/')) {
    throw new RedisUrlError('must give cert and key together, as absolute paths of PEM files, and begin with rediss');
  }
  return { certFile: cert, keyFile: key };
}

function parseDatabase(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new RedisUrlError('must give the database as a whole number, such as /0 or ?db=0');
  return Number(text);
}

function parseFamily(text: string): 0 | 4 | 6 {
  const family = ([0, 4, 6] as const).find((one) => String(one) === text);
  if (family === undefined) throw new RedisUrlError('must give family as 4 or 6, the version of IP');
  return family;
}

function databaseOf(path: string | undefined, option: number | undefined): number {
  if (!path) return option ?? 0;
  if (option !== undefined) throw new RedisUrlError('must give the database once, as /0 or as ?db=0');
  return parseDatabase(path);
}

function parseCredentials(text: string): RedisCredentials {
  if (text === '') return {};
  const [username = '', ...password] = text.split(':');
  if (password.length > 1 || text.includes('@')) {
    throw new RedisUrlError(
      'has a user or password that must be percent-encoded: @ is written %40, : is written %3A, / is written %2F',
    );
  }
  return {
    ...(username === '' ? {} : { username: decoded(username) }),
    ...(password[0] ? { password: decoded(password[0]) } : {}),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RedisUrlError(
      'has a user or password that is not percent-encoded as it should be: a % of its own is written %25',
    );
  }
}

const hostForm = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[\p{L}\p{N}._-]+))(?::(?<port>.*))?$/u;

function parseHosts(text: string, defaultPort: number): RedisHost[] {
  return text.split(',').map((one) => {
    const { v6, name, port } = hostForm.exec(one)?.groups ?? {};
    const host = v6 ?? name;
    if (host === undefined) {
      throw new RedisUrlError(
        'must name a host, as host or host:port; IPv6 addresses stand in brackets, and a / in a password is written %2F',
      );
    }
    if (port === undefined) return { host, port: defaultPort };
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
      throw new RedisUrlError(
        'has a port that is no number from 1 to 65535; if that is a part of the password, write / as %2F there',
      );
    }
    return { host, port: Number(port) };
  });
}

function onlyOf(hosts: readonly RedisHost[]): RedisHost {
  const [first, second] = hosts;
  if (first === undefined || second !== undefined) {
    throw new RedisUrlError(
      'must name one host; several are the nodes of redis+cluster://… or the sentinels of redis+sentinel://…',
    );
  }
  return first;
}
