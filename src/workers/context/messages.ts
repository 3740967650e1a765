import { z } from 'zod';
import type { LeftOut } from '../../connectors/index.js';
import {
  contextSources,
  type DocumentCounts,
  type EnhancementErrorCode,
  type Excerpt,
  failureClasses,
  type Ticket,
} from '../../enhancement/index.js';
import { consoleMethods } from '../../logging/console.js';
import type { ContextTenant } from './context-sources.js';

/** The messages between a worker and its search thread. */

const sourceSchema = z.enum(contextSources);
const pathSchema = z.object({ path: z.string() }).exactOptional();

/** The `workerData` of the thread. */
export const threadDataSchema = z.object({
  redisUrl: z.string(),
  dataDir: z.string(),
  tenantIds: z.array(z.string()),
});
export type ThreadData = z.infer<typeof threadDataSchema>;

const ticketSchema: z.ZodType<Ticket> = z.object({
  tenantId: z.string(),
  ticketId: z.string(),
  subject: z.string(),
  description: z.string(),
  priority: z.enum(['low', 'medium', 'high', 'critical']),
  createdAt: z.string(),
});

const tenantSchema: z.ZodType<ContextTenant> = z.object({
  id: z.string(),
  history: pathSchema,
  knowledge: pathSchema,
  inventory: pathSchema,
});

export const toThreadSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('search'),
    id: z.int(),
    tenant: tenantSchema,
    source: sourceSchema,
    ticket: ticketSchema,
  }),
  /** The search was aborted. */
  z.object({ type: z.literal('cancel'), id: z.int() }),
]);
export type ToThread = z.infer<typeof toThreadSchema>;

const excerptSchema: z.ZodType<Excerpt> = z.object({
  source: sourceSchema,
  id: z.string(),
  title: z.string(),
  quote: z.string(),
  background: z.string(),
  detail: z.string(),
  section: z.string().exactOptional(),
  resolvedOn: z.string().exactOptional(),
  score: z.number(),
  confidence: z.enum(['likely', 'possible']),
});

const countsSchema: z.ZodType<DocumentCounts> = z.object({ used: z.int(), skipped: z.int() });

const leftOutSchema: z.ZodType<LeftOut> = z.object({
  named: z.array(z.object({ what: z.string(), why: z.string() })),
  skipped: z.int(),
  truncated: z.int(),
});

const codes = Object.keys(failureClasses) as EnhancementErrorCode[];

export const fromThreadSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('found'), id: z.int(), excerpts: z.array(excerptSchema), counts: countsSchema }),
  z.object({ type: z.literal('failed'), id: z.int(), code: z.enum(codes), message: z.string() }),
  z.object({ type: z.literal('files-read'), tenantId: z.string(), source: sourceSchema, leftOut: leftOutSchema }),
  z.object({ type: z.literal('printed'), method: z.enum(consoleMethods), text: z.string() }),
  z.object({ type: z.literal('index-failed'), tenantId: z.string().optional(), why: z.string() }),
]);
export type FromThread = z.infer<typeof fromThreadSchema>;
