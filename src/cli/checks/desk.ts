import type { ProxyFor } from '../../connectors/index.js';
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
      try {
        return [ok(subject, await desk.probe({ proxyFor, timeoutMs }, signal))];
      } catch (error) {
        signal.throwIfAborted();
        return [failed(subject, messageOf(error))];
      }
    },
  };
}
