import { probeServiceDeskPlus } from '../../connectors/index.js';
import { messageOf } from '../../logging/describe-error.js';
import type { Tenant } from '../../tenants/index.js';
import { type Check, failed, ok } from './check.js';

/** For the desk's answer; less than a check may take in all, so that the desk's own words are shown. Milliseconds. */
const timeoutMs = 8000;

/** A tenant's desk: asked, with its credential and under the rules for addresses, for something that changes nothing. */
export function deskCheck({ id, desk }: Tenant): Check {
  const subject = `desk of ${id}`;
  return {
    title: subject,
    async run(signal) {
      if (desk.type === 'local') return [ok(subject, 'local: tickets and notes are kept in Redis')];
      try {
        await probeServiceDeskPlus({ ...desk, timeoutMs }, signal);
        return [ok(subject, `${new URL(desk.baseUrl).host} answers and takes the credential`)];
      } catch (error) {
        signal.throwIfAborted();
        return [failed(subject, messageOf(error))];
      }
    },
  };
}
