import autocannon from 'autocannon';
import { serviceDeskSignature, ticket } from '../test/support/webhooks.js';

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Number of the first ticket; each is another one. */
  readonly firstTicket: number;
}

export interface LoadFigures {
  readonly accepted: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** With the secret that `writeTenants` gives the tenant. */
export function signedTicket(tenant_id: string, ticket_id: string) {
  const description = 'The VPN connection drops about once an hour. '.repeat(8);
  const body = JSON.stringify(ticket({ tenant_id, ticket_id, description }));
  const signature = serviceDeskSignature(body, `demo-secret-${tenant_id}`);
  return { body, headers: { 'content-type': 'application/json', ...signature } };
}

/**
 * Sends signed tickets of acme as fast as they are answered.
 *
 * @throws Error if one was refused or not answered
 */
export async function postTickets({ port, connections, seconds, firstTicket }: LoadOptions): Promise<LoadFigures> {
  let i = firstTicket;
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/webhook/servicedesk`,
    connections,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        setupRequest: (request) => ({ ...request, ...signedTicket('acme', `T-${i++}`) }),
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} requests failed`);
  }
  return { accepted: result['2xx'], perSecond: result['2xx'] / seconds, p99Ms: result.latency.p99 };
}
