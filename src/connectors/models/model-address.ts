import { cutText } from '../../logging/cut-text.js';

/** The addresses of an endpoint, and the header with its key. */

/** Characters of a foreign address in a message. */
const longestAddress = 200;

/** The address of one of the endpoint's paths. A query of the base address, Azure's `api-version`, stays behind it. */
export function addressOf(baseUrl: string, path: 'chat/completions' | 'models'): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/(?<!\/)\/+$/, '')}/${path}`;
  return url;
}

const azureHosts = ['.openai.azure.com', '.cognitiveservices.azure.com', '.services.ai.azure.com'];

/** @param header the name of the header; undefined: `api-key` at Azure, else a bearer token */
export function keyHeader(url: URL, apiKey: string | undefined, header: string | undefined): Record<string, string> {
  if (apiKey === undefined) return {};
  const isAzure = azureHosts.some((host) => url.hostname.endsWith(host)) || url.searchParams.has('api-version');
  const name = (header ?? (isAzure ? 'api-key' : 'authorization')).toLowerCase();
  return { [name]: name === 'authorization' ? `Bearer ${apiKey}` : apiKey };
}

/** Advice for an address that is answered with 404 or a web page. */
export function addressHint(baseUrl: string): string {
  const { pathname } = new URL(baseUrl);
  return pathname === '/'
    ? `Check LLM_BASE_URL: most endpoints have their API at ${new URL('/v1', baseUrl).href}`
    : 'Check LLM_BASE_URL and LLM_MODEL';
}

/** Advice for a redirect, which is never followed: key and ticket would be sent to another address. */
export function redirectHint(baseUrl: string, location: string): string {
  const to = URL.canParse(location, baseUrl) ? new URL(location, baseUrl) : undefined;
  if (to === undefined) return addressHint(baseUrl);
  const base = `${to.origin}${to.pathname.replace(/\/chat\/completions\/?$/, '')}`;
  return `If ${cutText(base, longestAddress)} is the endpoint, set LLM_BASE_URL to it`;
}
