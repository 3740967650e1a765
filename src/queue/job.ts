import { hash } from 'node:crypto';
import { z } from 'zod';
import { priorities } from '../intake/priority.js';

/** Version of the jobs that this release queues. It reads this and all earlier versions. */
export const jobVersion = 1;

/**
 * What travels through Redis for one accepted webhook. Holds no secret: a worker looks the tenant up in its own
 * configuration. `version` lets a newer worker read jobs that an older release queued, and an older one tell a job that it
 * does not understand. Fields that are unknown here are ignored: a release may add one that older ones can do without.
 */
export const enhancementJobSchema = z.object({
  version: z.int().min(1).max(jobVersion),
  tenantId: z.string(),
  ticketId: z.string(),
  /** `desk.type` of the tenant when it was accepted: on another desk its ticket's id is another ticket's. */
  desk: z.string().optional(),
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

const versionSchema = z.object({ version: z.int().min(jobVersion + 1) });

/** Whether a newer release queued it, whatever else is in it. */
export function isOfNewerRelease(data: unknown): boolean {
  return versionSchema.safeParse(data).success;
}

/**
 * The deterministic id of a delivery's job, so that a repeat finds the first one and a retry after a timeout is safe.
 * Hashed, because a raw value is a Redis key of the queue (`meta`, `active`, `failed`... would overwrite it), and with
 * the tenant inside, so that no tenant can name another's delivery. The length prefix keeps (a, bc) and (ab, c) apart.
 *
 * @param deliveryId the `webhook-id`, or the hash of the body for senders that have none
 */
export function jobIdFor(tenantId: string, deliveryId: string): string {
  const digest = hash('sha256', `${tenantId.length}:${tenantId}:${deliveryId}`);
  // The letter keeps an all-digit hash from being taken for one of BullMQ's own integer ids.
  return `d${digest.slice(0, 40)}`;
}

/** Whether it has the form of {@link jobIdFor}. A ticket's id may have it by chance. */
export function isJobId(id: string): boolean {
  return /^d[0-9a-f]{40}$/.test(id);
}
