import { hash } from 'node:crypto';

/** Which delivery an authenticated request is. */
export interface Delivery {
  /** The same for a repetition of the same delivery, and for nothing else of this tenant. */
  readonly id: string;
  /** The sender's id of the delivery, which the signature does not cover. */
  readonly unsignedId?: string;
}

export function standardDelivery(webhookId: string): Delivery {
  return { id: `webhook-id:${webhookId}` };
}

const ofBody = 'body:';

/** For senders that give their deliveries no id: the same body is the same delivery. */
export function bodyDelivery(body: Buffer): Delivery {
  return { id: `${ofBody}${hash('sha256', body)}` };
}

/**
 * For desks whose bodies have fields that are not used, such as the time of an update: rules that run twice for a new ticket send two
 * bodies with the same ticket. A delivery with a signed id keeps it.
 */
export function ticketDelivery(delivery: Delivery, ticket: object): Delivery {
  if (!delivery.id.startsWith(ofBody)) return delivery;
  return { ...delivery, id: `ticket:${hash('sha256', JSON.stringify(ticket))}` };
}
