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

/** For senders that give their deliveries no id: the same body is the same delivery. */
export function bodyDelivery(body: Buffer): Delivery {
  return { id: `body:${hash('sha256', body)}` };
}
