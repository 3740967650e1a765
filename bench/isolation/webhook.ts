import { createHmac } from 'node:crypto';

/** A signed ticket of a tenant whose secret is its id. */
export function signedTicket(tenantId: string, ticketId: string) {
  const body = JSON.stringify({
    event: 'ticket_created',
    tenant_id: tenantId,
    ticket_id: ticketId,
    subject: 'VPN drops every hour',
    description: 'The VPN connection drops about once an hour. '.repeat(8),
    priority: 'high',
    created_at: '2026-11-23T10:00:00Z',
  });
  const signature = createHmac('sha256', tenantId).update(body).digest('hex');
  return { body, headers: { 'content-type': 'application/json', 'x-servicedesk-signature': `sha256=${signature}` } };
}
