import { z } from 'zod';
import { secretReference } from '../../config/secret-reference.js';

/** Settings that desks over HTTP share. */

/**
 * The address of a desk. Paths are appended to it, so it must not contain a query, a fragment or the path of the API.
 *
 * @param apiPath where the API begins, which the service adds by itself: `/api/v3`
 */
export function deskAddress(apiPath: string) {
  return z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .refine((url) => !/^\w+:\/\/[^/?#]*@/.test(url), 'must not contain a user or password; credential is for that')
    .superRefine((url, context) => {
      const right = withoutApiPath(url, apiPath);
      if (right === withoutSlashes(url)) return;
      context.addIssue(`must end before ?, # and ${apiPath}; write ${right}`);
    })
    .transform(withoutSlashes);
}

function withoutApiPath(url: string, apiPath: string): string {
  const address = url.split(/[?#]/, 1)[0] ?? '';
  const at = address.indexOf(`${apiPath}/`);
  const base = at >= 0 ? address.slice(0, at) : withoutSlashes(address);
  return withoutSlashes(base.endsWith(apiPath) ? base.slice(0, -apiPath.length) : base);
}

function withoutSlashes(text: string): string {
  return text.replace(/(?<!\/)\/+$/, '');
}

/** @param apiPath {@link deskAddress} */
export function httpSettings(apiPath: string) {
  return {
    base_url: deskAddress(apiPath),
    credential: secretReference,
    allow_private_network: z.boolean().default(false),
  };
}

/** The sentence about a desk that answered a probe. */
export function takesCredential(url: URL, proxy: URL | undefined): string {
  return `${url.host} answers and takes the credential${proxy === undefined ? '' : `, through the proxy ${proxy.host}`}`;
}
