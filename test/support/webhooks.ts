import { createHmac, randomUUID } from 'node:crypto';

/** Signed requests as a help desk sends them. */

export interface TicketFields {
  readonly [field: string]: unknown;
}

export function ticket(fields: TicketFields = {}): TicketFields {
  return {
    event: 'ticket_created',
    tenant_id: 'acme',
    ticket_id: `T-${randomUUID()}`,
    subject: 'VPN drops every hour',
    description: 'The VPN connection drops about once an hour.',
    priority: 'high',
    created_at: '2026-11-23T10:00:00Z',
    ...fields,
  };
}

export function serviceDeskSignature(body: string | Buffer, secret = 'demo-secret-acme'): Record<string, string> {
  return { 'x-servicedesk-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}

export interface StandardWebhookOptions {
  readonly id?: string;
  readonly timestamp?: number;
  readonly key?: string | Buffer;
}

export function standardWebhook(body: string, options: StandardWebhookOptions = {}): Record<string, string> {
  const { id = `msg_${randomUUID()}`, timestamp = Math.floor(Date.now() / 1000), key = 'demo-secret-acme' } = options;
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}

export interface Accepted {
  readonly status: string;
  readonly job_id: string;
  readonly correlation_id: string;
  readonly duplicate: boolean;
}

/** Posts a ticket signed with the demo tenant's secret. */
export function postTicket(
  webhooks: string,
  fields: TicketFields = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const all = ticket(fields);
  const body = JSON.stringify(all);
  return fetch(`${webhooks}/webhook/servicedesk`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...serviceDeskSignature(body, `demo-secret-${String(all['tenant_id'])}`),
      ...headers,
    },
    body,
  });
}
