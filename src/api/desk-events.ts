import type { DeskWithWebhook } from '../connectors/desks/index.js';
import { ticketDelivery } from './signatures/delivery.js';
import type { SignedRequest, Webhook, WebhookAddress } from './webhook-handler.js';
import { ignore, type WebhookDependencies } from './webhooks.js';

/**
 * What a request to a desk's own address is: a new ticket, a resolved one, or another event. The desk's fields take the
 * names of the service's own webhooks and are validated like those.
 *
 * @param created what is done with a new ticket
 * @param resolved what is done with a resolved one
 */
export function deskEvents(
  { webhook: { read } }: DeskWithWebhook,
  created: Webhook,
  resolved: Webhook,
  deps: Pick<WebhookDependencies, 'limiter' | 'log'>,
): WebhookAddress['webhookOf'] {
  return (request) => {
    // Until the event is known: refusals are counted as those of new tickets.
    if (request === undefined) return created;
    const event = read(request.body);
    switch (event.kind) {
      case 'created':
        return withBody(
          created,
          { event: 'ticket_created', ...event.ticket },
          ticketDelivery(request.delivery, event.ticket),
        );
      case 'resolved':
        return withBody(resolved, event.ticket, request.delivery);
      case 'ignored':
        return {
          isCounted: false,
          accept: (signed, context) => ignore(deps, signed, context, event.what),
        };
    }
  };
}

function withBody(
  { isCounted, accept }: Webhook,
  fields: SignedRequest['body'],
  delivery: SignedRequest['delivery'],
): Webhook {
  return {
    isCounted,
    accept: (request, context) => {
      const { tenant, body } = request;
      const named = { ...fields, tenant_id: tenant.id, correlation_id: body['correlation_id'] };
      return accept({ ...request, body: named, delivery }, context);
    },
  };
}
