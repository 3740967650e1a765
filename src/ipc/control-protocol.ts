import { z } from 'zod';

/**
 * The messages between the primary and its children. Metrics use frames on the same channel (src/cluster-metrics/wire/protocol.ts),
 * and PM2 and other libraries send their own messages; foreign messages are ignored.
 */
export const protocolVersion = 1;

export const childRoles = ['http', 'worker'] as const;
export type ChildRole = (typeof childRoles)[number];

const fromChildSchema = z.discriminatedUnion('type', [
  /** The first message: identifies the child. */
  z.object({ type: z.literal('te:hello'), version: z.number(), role: z.enum(childRoles), slot: z.number() }),
  /** The child serves. */
  z.object({ type: z.literal('te:ready') }),
  /** The child has failed, and ends after this message. */
  z.object({ type: z.literal('te:fatal'), code: z.string(), message: z.string() }),
  /** A worker took a job under this lock token, by which the primary gives the job back if the worker dies. */
  z.object({ type: z.literal('te:job-started'), jobId: z.string(), token: z.string() }),
  /** The worker has stopped working on the job, but still holds its lock. */
  z.object({ type: z.literal('te:job-left'), jobId: z.string() }),
  /** The worker no longer holds the job. */
  z.object({ type: z.literal('te:job-ended'), jobId: z.string() }),
  /** A worker has lost its connection to Redis, for this reason; null: it has one again. */
  z.object({ type: z.literal('te:redis'), problem: z.string().nullable() }),
]);

const fromPrimarySchema = z.discriminatedUnion('type', [
  /** The answer to hello, with the validated tenants' document, whose secrets are references. */
  z.object({
    type: z.literal('te:start'),
    version: z.number(),
    tenants: z.unknown(),
    redisUrl: z.string(),
    /** Names this run of the primary. */
    instance: z.string(),
    /** Tenants whose webhooks an http child rejects before `te:open`. */
    heldBack: z.array(z.string()).default([]),
  }),
  /** Accept all tenants from this time of {@link machineMs} on, so that all http children begin together. */
  z.object({ type: z.literal('te:open'), atMs: z.number() }),
  /** Stop accepting, finish the work in progress within the deadline, and end. */
  z.object({ type: z.literal('te:drain'), deadlineMs: z.number() }),
]);

/** Time of the machine's monotonic clock, which all its processes share. Milliseconds. */
export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

export type FromChild = z.infer<typeof fromChildSchema>;
export type FromPrimary = z.infer<typeof fromPrimarySchema>;

export type Parsed<M> =
  | { readonly kind: 'message'; readonly message: M }
  | { readonly kind: 'version-mismatch'; readonly version: number }
  /** Of this protocol by its type, but unknown to this version. */
  | { readonly kind: 'unrecognised' }
  | { readonly kind: 'foreign' };

function isOurs(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    value.type.startsWith('te:')
  );
}

function parseWith<M extends FromChild | FromPrimary>(schema: z.ZodType<M>, value: unknown): Parsed<M> {
  if (!isOurs(value)) return { kind: 'foreign' };
  const { success, data } = schema.safeParse(value);
  if (!success) return { kind: 'unrecognised' };
  if ('version' in data && data.version !== protocolVersion) return { kind: 'version-mismatch', version: data.version };
  return { kind: 'message', message: data };
}

export const parseFromChild = (value: unknown): Parsed<FromChild> => parseWith(fromChildSchema, value);

export const parseFromPrimary = (value: unknown): Parsed<FromPrimary> => parseWith(fromPrimarySchema, value);
