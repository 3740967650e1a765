import { hash } from 'node:crypto';
import { z } from 'zod';
import { priorities } from '../intake/priority.js';

/** Version of the jobs that this release queues. It reads this and all earlier versions. */
export const jobVersion = 1;

/**
 * The data of the job of one accepted webhook. It has no secret: a worker looks the tenant up in its own configuration. By
 * `version` a newer worker reads jobs of an older release, and an older worker recognises a job that it cannot read. Unknown
 * fields are ignored: a release may add fields that older ones do not need.
 */
export const enhancementJobSchema = z.object({
  version: z.int().min(1).max(jobVersion),
  tenantId: z.string(),
  ticketId: z.string(),
  /** `desk.type` of the tenant at acceptance: on another desk the ticket's id is that of another ticket. */
  desk: z.string().optional(),
  subject: z.string(),
  description: z.string(),
  priority: z.enum(priorities),
  /** When the ticket was created, as reported by the desk. RFC 3339. */
  createdAt: z.string(),
  correlationId: z.string(),
  /** When the webhook was accepted, epoch milliseconds: `enhancement_duration_seconds` starts here. */
  acceptedAtMs: z.number(),
  /** Another one for each delivery: the delivery whose nonce is in Redis is the one that created the job. */
  nonce: z.string(),
  /** The run of the service that accepted it: only its primary counts this job as queued. */
  instance: z.string().optional(),
});
export type EnhancementJob = z.infer<typeof enhancementJobSchema>;

const readableText = z.string().catch('');
const readableSchema = z.object({
  tenantId: readableText,
  ticketId: readableText,
  subject: readableText,
  description: readableText,
  priority: readableText,
  correlationId: readableText,
  acceptedAtMs: z.number().optional().catch(undefined),
  instance: z.string().optional().catch(undefined),
});

const anyDataSchema = readableSchema.catch(() => readableSchema.parse({}));

/** The fields of a job's data that can be read, of a job of any release and however damaged: a text that cannot is empty. */
export const readableFields = (data: unknown): z.infer<typeof readableSchema> => anyDataSchema.parse(data);

const versionSchema = z.object({ version: z.int().min(jobVersion + 1) });

/** Whether a newer release queued the job; its other fields are not read. */
export function isOfNewerRelease(data: unknown): boolean {
  return versionSchema.safeParse(data).success;
}

/**
 * The deterministic id of a delivery's job, so that a repeat finds the first one and a retry after a timeout is safe.
 * A hash, because a raw value would be a Redis key of the queue (`meta`, `active`, `failed`...). It includes the tenant, so that
 * no tenant can name a delivery of another, and the tenant's length, so that (a, bc) and (ab, c) differ.
 *
 * @param deliveryId the `webhook-id`, or the hash of the body for senders that have none
 */
export function jobIdFor(tenantId: string, deliveryId: string): string {
  const digest = hash('sha256', `${tenantId.length}:${tenantId}:${deliveryId}`);
  // The letter distinguishes a hash of digits from BullMQ's own integer ids.
  return `d${digest.slice(0, 40)}`;
}

/** Whether a text has the form of a {@link jobIdFor}, which a ticket's id may have, too. */
export function isJobId(id: string): boolean {
  return /^d[0-9a-f]{40}$/.test(id);
}
