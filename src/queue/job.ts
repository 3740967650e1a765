import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * `prefix` and `name` give the Redis keys `enhancement:queue:*`; BullMQ refuses a name that holds a colon. What to give to
 * BullMQ as its prefix is said by `keyPrefix`, for in a Redis Cluster it is another.
 */
export const queuePrefix = 'enhancement';
export const queueName = 'queue';

export const priorities = ['low', 'medium', 'high', 'critical'] as const;
export type Priority = (typeof priorities)[number];

/**
 * What travels through Redis for one accepted webhook. Holds no secret: a worker looks the tenant up in its own
 * configuration. `version` lets a newer worker read jobs that an older release queued.
 */
export const enhancementJobSchema = z.strictObject({
  version: z.literal(1),
  tenantId: z.string(),
  ticketId: z.string(),
  subject: z.string(),
  description: z.string(),
  priority: z.enum(priorities),
  /** When the desk says the ticket was made, RFC 3339. */
  createdAt: z.string(),
  correlationId: z.string(),
  /** When the webhook was accepted, epoch milliseconds: `enhancement_duration_seconds` starts here. */
  acceptedAtMs: z.number(),
  /** Made anew by each delivery: the delivery whose nonce is in Redis is the one that created the job. */
  nonce: z.string(),
  /** The run of the service that accepted it: its primary, and no other, counts this job as queued. */
  instance: z.string().optional(),
});
export type EnhancementJob = z.infer<typeof enhancementJobSchema>;

/**
 * The deterministic id of a delivery's job, so that a repeat finds the first one and a retry after a timeout is safe.
 * Hashed, because a raw value is a Redis key of the queue (`meta`, `active`, `failed`... would overwrite it), and with
 * the tenant inside, so that no tenant can name another's delivery. The length prefix keeps (a, bc) and (ab, c) apart.
 *
 * @param deliveryId the `webhook-id`, or the hash of the body for senders that have none
 */
export function jobIdFor(tenantId: string, deliveryId: string): string {
  const hash = createHash('sha256').update(`${tenantId.length}:${tenantId}:${deliveryId}`).digest('hex');
  // The letter keeps an all-digit hash from being taken for one of BullMQ's own integer ids.
  return `d${hash.slice(0, 40)}`;
}
