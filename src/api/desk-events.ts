import type { DeskFields, DeskWithWebhook } from '../connectors/desks/index.js';
import { isOurNote } from '../enhancement/index.js';
import { ticketDelivery } from './signatures/delivery.js';
import type { SignedRequest, Webhook, WebhookAddress } from './webhook-handler.js';
import { admit, type WebhookDependencies } from './webhooks.js';

/**
 * What a request to a desk's own address is: a new ticket, a resolved one, or another event. The desk's fields take the
 * names of the service's own webhooks and are validated like those.
 *
 * @param created what is done with a new ticket
 * @param resolved what is done with a resolved one
 */
export function deskEvents(
  { type, webhook: { read } }: DeskWithWebhook,
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
        if (holdsOurNote(event.ticket)) return ignored(type, ourNote, deps);
        return withBody(
          created,
          { event: 'ticket_created', ...event.ticket },
          ticketDelivery(request.delivery, event.ticket),
        );
      case 'resolved':
        return withBody(resolved, event.ticket, request.delivery);
      case 'ignored':
        return ignored(type, event.what, deps);
    }
  };
}

/** What a request to the service's own address is: a new ticket, or a note of the service that a rule on updates sends back. */
export function ownEvents(
  created: Webhook,
  deps: Pick<WebhookDependencies, 'limiter' | 'log'>,
): WebhookAddress['webhookOf'] {
  return (request) =>
    request !== undefined && holdsOurNote(request.body) ? ignored(request.tenant.desk.type, ourNote, deps) : created;
}

const ourNote = 'a note of this service';

/**
 * Sent by a rule on updates: another note would call it again, and so on without end. Words around the note may be the desk's frame
 * as well as a person's, so they do not make it a ticket.
 */
function holdsOurNote({ description }: DeskFields): boolean {
  return typeof description === 'string' && isOurNote(description);
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

function ignored(desk: string, what: string, deps: Pick<WebhookDependencies, 'limiter' | 'log'>): Webhook {
  return {
    isCounted: false,
    async accept(request, { correlationId }) {
      await admit(deps, request);
      const { tenant } = request;
      deps.log.info({ correlation_id: correlationId, tenant_id: tenant.id, desk, event: what }, 'event ignored');
      return { status: 'ignored', correlation_id: correlationId };
    },
  };
}
