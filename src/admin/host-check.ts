import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { problemOf, sendProblem } from '../http/problem.js';

/** `name`, `name:8000`, `[::1]` or `[::1]:8000`. */
const hostForm = /^(?:\[([^\]]{1,64})\]|([^:[\]]{1,253}))(?::\d{1,5})?$/;

/**
 * Whether the `Host` header names this service. Another site can resolve its own name to this machine (DNS rebinding), and a
 * browser in the network would then let its page read what is served here; but the browser sends that name as `Host`. An IP
 * address cannot be rebound.
 *
 * @param publicHosts names in lower case
 */
function isOwnHost(header: string | undefined, publicHosts: ReadonlySet<string>): boolean {
  const [, v6, name] = hostForm.exec(header ?? '') ?? [];
  if (v6 !== undefined) return isIP(v6) === 6;
  if (name === undefined) return false;
  const lower = name.toLowerCase();
  return isIP(lower) === 4 || lower === 'localhost' || publicHosts.has(lower);
}

/** Refuses requests to a name that is not this service's with 421 (RFC 9110, section 15.5.20). */
export function requireOwnHost(publicHosts: readonly string[]): RequestHandler {
  const names = new Set(publicHosts.map((name) => name.toLowerCase()));
  return (request, response, next) => {
    if (isOwnHost(request.headers.host, names)) next();
    else sendProblem(response, problemOf(421, misdirected));
  };
}

const misdirected =
  'This address is served to IP addresses, localhost and the names in PUBLIC_HOSTS. Add the name of the Host header to PUBLIC_HOSTS if it is one of this service.';
