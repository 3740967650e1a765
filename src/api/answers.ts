import { z } from 'zod';

/** What is answered when all is well; problems have a form of their own (RFC 9457). */

const correlationId = z.uuid().describe('The id under which logs, exemplars and the note have this webhook.');

export const acceptedSchema = z
  .object({
    status: z.literal('accepted'),
    job_id: z.string().describe('The same for each repetition of a delivery.'),
    correlation_id: correlationId,
    duplicate: z.boolean().describe('The delivery was accepted before, and no second job was made.'),
  })
  .describe('The job is durably in the queue.');
export type Accepted = z.infer<typeof acceptedSchema>;

export const resolvedAcceptedSchema = z
  .object({ status: z.literal('accepted'), correlation_id: correlationId })
  .describe('Later tickets are compared with this one.');
export type ResolvedAccepted = z.infer<typeof resolvedAcceptedSchema>;

export const healthSchema = z.object({ status: z.literal('ok') });
export type Health = z.infer<typeof healthSchema>;
