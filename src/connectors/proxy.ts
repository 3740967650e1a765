import { BlockList, isIP } from 'node:net';

/** Which requests go through a proxy: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as curl understands them. */

export interface ProxySettings {
  /** For `http://` addresses. */
  readonly httpProxy?: string | undefined;
  /** For `https://` addresses. */
  readonly httpsProxy?: string | undefined;
  /** Hosts that are reached without one. */
  readonly noProxy?: string | undefined;
}

/** The proxy for this address; undefined: none. */
export type ProxyFor = (url: URL) => URL | undefined;

export function proxyRule({ httpProxy, httpsProxy, noProxy = '' }: ProxySettings): ProxyFor {
  const proxies: Readonly<Record<string, URL | undefined>> = {
    'http:': httpProxy === undefined ? undefined : new URL(httpProxy),
    'https:': httpsProxy === undefined ? undefined : new URL(httpsProxy),
  };
  const exceptions = noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(exception);
  return (url) => {
    const proxy = proxies[url.protocol];
    if (proxy === undefined) return undefined;
    const host = { name: hostOf(url).replace(/\.$/, ''), port: portOf(url) };
    return exceptions.some((matches) => matches(host)) ? undefined : proxy;
  };
}

interface Host {
  /** Lower case; an IPv6 address without brackets. */
  readonly name: string;
  readonly port: number;
}

/** One entry of NO_PROXY. */
function exception(entry: string): (host: Host) => boolean {
  if (entry === '*') return () => true;
  const [, bracketed, bare = '', digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  // An IPv6 address without brackets has colons, and so no port.
  const what = bracketed ?? (bare === '' ? entry : bare);
  const matches = what.includes('/') ? inNetwork(what) : isIP(what) === 0 ? isBelow(what) : isAddress(what);
  return ({ name, port }) => matches(name) && (digits === undefined || Number(digits) === port);
}

type MatchesName = (name: string) => boolean;

/** `example.com` and `.example.com`: that host and all below it. */
function isBelow(written: string): MatchesName {
  const domain = written.replace(/^\*?\./, '').replace(/\.$/, '');
  return (name) => domain !== '' && (name === domain || name.endsWith(`.${domain}`));
}

/** In any of the ways in which an address can be written. */
function isAddress(written: string): MatchesName {
  return inNetwork(`${written}/${isIP(written) === 4 ? 32 : 128}`);
}

const never: MatchesName = () => false;

/** `10.0.0.0/8`, `fd00::/8`. Other text matches nothing. */
function inNetwork(written: string): MatchesName {
  const [address = '', digits = ''] = written.split('/');
  const family = familyOf(address);
  const bits = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.POSITIVE_INFINITY;
  if (family === undefined || bits > (family === 'ipv4' ? 32 : 128)) return never;
  const network = new BlockList();
  network.addSubnet(address, bits, family);
  // Only within one family: `BlockList` treats every IPv4 address as an IPv6 address too.
  return (name) => familyOf(name) === family && network.check(name, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** Of a URL, without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** The credentials that the proxy's address holds. */
export function proxyAuthorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return { 'proxy-authorization': `Basic ${credentials.toString('base64')}` };
}
