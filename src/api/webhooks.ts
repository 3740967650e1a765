import { randomUUID } from 'node:crypto';
import type { ResolvedTicket } from '../enhancement/index.js';
import type { DeliveryNames } from '../queue/delivery-names.js';
import { type EnhancementJob, jobIdFor, jobVersion } from '../queue/job.js';
import type { EnhancementProducer } from '../queue/producer.js';
import { within } from '../timing/within.js';
import { parsePayload, type TicketCreated, ticketCreatedSchema, ticketResolvedSchema } from './payloads.js';
import { Rejection } from './problem.js';
import type { RateLimiter } from './rate-limiter.js';
import { secondsSinceStart } from './request-context.js';
import {
  countIsSafe,
  type HandlerDependencies,
  logReceived,
  type SignedRequest,
  type Webhook,
} from './webhook-handler.js';

export interface WebhookDependencies extends HandlerDependencies {
  readonly producer: Pick<EnhancementProducer, 'enqueue'>;
  readonly deliveries: DeliveryNames;
  readonly history: { upsert(tenantId: string, ticket: ResolvedTicket): Promise<void> };
  readonly limiter: RateLimiter;
  /** This run of the service; goes with each job. */
  readonly instance: string;
}

/** `POST /webhook/servicedesk`: a new ticket becomes a job. */
export function ticketCreated(deps: WebhookDependencies): Webhook {
  const { recorder, producer, deliveries, tracing, log } = deps;
  return {
    isCounted: true,
    async accept(request, context) {
      const { tenant, delivery, body, bodyReadMs } = request;
      await admit(deps, request);
      const ticket = parsePayload(ticketCreatedSchema, body);
      const { correlationId } = context;
      const fields = { correlation_id: correlationId, tenant_id: tenant.id, ticket_id: ticket.ticket_id };
      logReceived(log, context, fields);
      const names = [delivery.id, ...(delivery.unsignedId === undefined ? [] : [`unsigned:${delivery.unsignedId}`])];
      const first = await beforeRedisDeadline(bodyReadMs, deliveries.firstOf(tenant.id, names));
      const jobId = jobIdFor(tenant.id, first);
      const job = toJob(deps, ticket, correlationId);
      const queued = await beforeRedisDeadline(bodyReadMs, producer.enqueue(jobId, job));
      const { duplicate, correlationId: firstId } = queued;
      if (duplicate) recorder.duplicate(tenant.id);
      else recorder.queued(tenant.id, jobId, correlationId);
      recorder.answered(tenant.id, 'success', secondsSinceStart(context));
      tracing?.about({ tenantId: tenant.id, jobId, correlationId: firstId, duplicate });
      log.info({ ...fields, job_id: jobId }, duplicate ? 'duplicate' : 'queued');
      await countIsSafe(recorder, bodyReadMs);
      return { status: 'accepted', job_id: jobId, correlation_id: firstId, duplicate };
    },
  };
}

/** `POST /webhook/servicedesk/resolved-ticket`: a solved ticket becomes history that later ones are compared with. */
export function ticketResolved(deps: WebhookDependencies): Webhook {
  const { history, tracing, log } = deps;
  return {
    isCounted: false,
    async accept(request, { correlationId }) {
      const { tenant, body, bodyReadMs } = request;
      await admit(deps, request);
      const ticket = parsePayload(ticketResolvedSchema, body);
      const resolved: ResolvedTicket = {
        ticketId: ticket.ticket_id,
        subject: ticket.subject,
        description: ticket.description,
        resolution: ticket.resolution,
        resolvedAt: ticket.resolved_at,
        tags: ticket.tags,
      };
      await beforeRedisDeadline(bodyReadMs, history.upsert(tenant.id, resolved));
      tracing?.about({ tenantId: tenant.id, correlationId });
      const fields = { correlation_id: correlationId, tenant_id: tenant.id, ticket_id: ticket.ticket_id };
      log.info(fields, 'resolved ticket stored');
      return { status: 'accepted', correlation_id: correlationId };
    },
  };
}

/** Whether the tenant is active and within its limit. After the signature, so that only its own requests use up its limit. */
async function admit({ limiter }: WebhookDependencies, { tenant, bodyReadMs }: SignedRequest): Promise<void> {
  if (!tenant.active) throw new Rejection('tenant_inactive');
  await beforeRedisDeadline(bodyReadMs, limiter.admit(tenant));
}

function toJob({ now, instance }: WebhookDependencies, ticket: TicketCreated, correlationId: string): EnhancementJob {
  return {
    version: jobVersion,
    tenantId: ticket.tenant_id,
    ticketId: ticket.ticket_id,
    subject: ticket.subject,
    description: ticket.description,
    priority: ticket.priority,
    createdAt: ticket.created_at,
    correlationId,
    acceptedAtMs: now(),
    nonce: randomUUID(),
    instance,
  };
}

/** Seconds after which a client may try again when Redis is unavailable. */
const retryAfterSeconds = 1;

/**
 * For all commands to Redis of one webhook, from when its body was read. Milliseconds. Each command has a bound of its own,
 * but a slow answer to one and none to the next would add up to more than the 1.5 s that are promised.
 */
const redisDeadlineMs = 1300;

/** The task is not stopped at the deadline: what it asked of Redis may still happen. */
async function beforeRedisDeadline<T>(bodyReadMs: number, task: Promise<T>): Promise<T> {
  const unavailable = (cause: unknown) => new Rejection('queue_unavailable', { retryAfterSeconds, cause });
  try {
    return await within(bodyReadMs + redisDeadlineMs - performance.now(), task, () => {
      throw new Error('Redis took too long');
    });
  } catch (error) {
    throw error instanceof Rejection ? error : unavailable(error);
  }
}
