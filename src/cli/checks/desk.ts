import { type ProxyFor, probeServiceDeskPlus } from '../../connectors/index.js';
import { messageOf } from '../../logging/describe-error.js';
import type { Tenant } from '../../tenants/index.js';
import { type Check, failed, ok } from './check.js';

/** Below the deadline of a check, so that the error names the desk. Milliseconds. */
const timeoutMs = 8000;

/** A tenant's desk: a read-only request with its credential, under the rules for private addresses. */
export function deskCheck({ id, desk }: Tenant, proxyFor: ProxyFor): Check {
  const subject = `desk of ${id}`;
  return {
    title: subject,
    async run(signal) {
      if (desk.type === 'local') return [ok(subject, 'local: tickets and notes are kept in Redis')];
      try {
        await probeServiceDeskPlus({ ...desk, proxyFor, timeoutMs }, signal);
        const url = new URL(desk.baseUrl);
        const proxy = proxyFor(url);
        const through = proxy === undefined ? '' : `, through the proxy ${proxy.host}`;
        return [ok(subject, `${url.host} answers and takes the credential${through}`)];
      } catch (error) {
        signal.throwIfAborted();
        return [failed(subject, messageOf(error))];
      }
    },
  };
}
