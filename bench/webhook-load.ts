import { createHmac } from 'node:crypto';
import autocannon from 'autocannon';

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

const body = (i: number): string =>
  JSON.stringify({
    event: 'ticket_created',
    tenant_id: 'acme',
    ticket_id: `T-${i}`,
    subject: 'VPN drops every hour',
    description: 'The VPN connection drops about once an hour. '.repeat(8),
    priority: 'high',
    created_at: '2026-11-23T10:00:00Z',
  });

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
        setupRequest(request) {
          const text = body(i++);
          const signature = createHmac('sha256', 'demo-secret-acme').update(text).digest('hex');
          return {
            ...request,
            body: text,
            headers: { 'content-type': 'application/json', 'x-servicedesk-signature': `sha256=${signature}` },
          };
        },
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} requests failed`);
  }
  return { accepted: result['2xx'], perSecond: result['2xx'] / seconds, p99Ms: result.latency.p99 };
}

export async function untilAnswers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not answer`);
}
