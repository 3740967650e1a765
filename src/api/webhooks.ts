import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { ResolvedTicket } from '../enhancement/index.js';
import type { Logger } from '../logging/logger.js';
import type { WebhookRecorder } from '../monitoring/recorder.js';
import { type EnhancementJob, jobIdFor } from '../queue/job.js';
import { QueueUnavailableError } from '../queue/errors.js';
import type { EnhancementProducer } from '../queue/producer.js';
import type { Tenant, Tenants } from '../tenants/index.js';
import { adoptCorrelationId, correlationIdOf } from './correlation-id.js';
import { type JsonObject, parseJsonObject } from './json-body.js';
import { parsePayload, type TicketCreated, ticketCreatedSchema, ticketResolvedSchema } from './payloads.js';
import { Rejection, sendRejection } from './problem.js';
import type { RateLimiter } from './rate-limiter.js';
import { authenticate, type Delivery } from './signatures/authenticate.js';

export interface WebhookDependencies {
  readonly tenants: Tenants;
  readonly producer: Pick<EnhancementProducer, 'enqueue'>;
  readonly history: { upsert(tenantId: string, ticket: ResolvedTicket): Promise<void> };
  readonly limiter: RateLimiter;
  readonly recorder: WebhookRecorder;
  readonly log: Logger;
  /** This run of the service; goes with each job. */
  readonly instance: string;
  readonly now: () => number;
}

/** Who sent the request, proved by its signature. */
interface Signed {
  readonly tenant: Tenant;
  readonly delivery: Delivery;
  readonly body: JsonObject;
}

/** Seconds after which it is worth trying again when Redis was away. */
const retryAfterSeconds = 1;

/** The tenant that a body names, as a metric label; set as soon as it is known, for whatever is counted later. */
function noteTenant(response: Response, label: string): void {
  response.locals['tenantLabel'] = label;
}

function tenantLabelOf(response: Response): string {
  const label: unknown = response.locals['tenantLabel'];
  return typeof label === 'string' ? label : 'unknown';
}

/**
 * From raw bytes to a tenant that may send: JSON, tenant and signature, then whether it is active and within its limit.
 * Nothing is said about the fields of a body whose signature is wrong.
 */
async function admit(deps: WebhookDependencies, request: Request, response: Response): Promise<Signed> {
  const bytes: unknown = request.body;
  const raw = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
  const body = parseJsonObject(raw);
  const tenantId = typeof body['tenant_id'] === 'string' ? body['tenant_id'] : '';
  const tenant = deps.tenants.get(tenantId);
  // A stranger may name a tenant that exists and is counted under it: that is bounded, and worth seeing.
  noteTenant(response, deps.tenants.label(tenantId));
  const delivery = authenticate(tenant, request.headers, raw, deps.now() / 1000);
  if (tenant === undefined || delivery === undefined) throw new Rejection('unauthorized');
  if (!tenant.active) throw new Rejection('tenant_inactive');
  const given = body['correlation_id'];
  adoptCorrelationId(response, typeof given === 'string' ? given : undefined);
  await deps.limiter.admit(tenant);
  return { tenant, delivery, body };
}

function toJob(deps: WebhookDependencies, ticket: TicketCreated, correlationId: string): EnhancementJob {
  return {
    version: 1,
    tenantId: ticket.tenant_id,
    ticketId: ticket.ticket_id,
    subject: ticket.subject,
    description: ticket.description,
    priority: ticket.priority,
    createdAt: ticket.created_at,
    correlationId,
    acceptedAtMs: deps.now(),
    nonce: randomUUID(),
    instance: deps.instance,
  };
}

async function orUnavailable<T>(task: Promise<T>): Promise<T> {
  try {
    return await task;
  } catch (error) {
    throw error instanceof Rejection ? error : new Rejection('queue_unavailable', { retryAfterSeconds, cause: error });
  }
}

/** `POST /webhook/servicedesk`: a new ticket becomes a job. */
export function ticketCreated(deps: WebhookDependencies): RequestHandler {
  const { recorder, log } = deps;
  return async (request, response) => {
    const { tenant, delivery, body } = await admit(deps, request, response);
    const ticket = parsePayload(ticketCreatedSchema, body);
    const correlationId = correlationIdOf(response);
    const about = { correlation_id: correlationId, tenant_id: tenant.id, ticket_id: ticket.ticket_id };
    log.info(about, 'received');
    const jobId = jobIdFor(tenant.id, delivery.id);
    const job = toJob(deps, ticket, correlationId);
    const { duplicate, correlationId: first } = await orUnavailable(deps.producer.enqueue(jobId, job));
    if (duplicate) recorder.duplicate(tenant.id);
    else recorder.queued(tenant.id, jobId, correlationId);
    recorder.answered(tenant.id, 'success', secondsSince(response));
    log.info({ ...about, job_id: jobId, duplicate }, 'queued');
    // Whoever holds the 202 finds it counted in the next scrape, even if this process is killed now.
    await recorder.committed();
    response.status(202).json({ status: 'accepted', job_id: jobId, correlation_id: first, duplicate });
  };
}

/** `POST /webhook/servicedesk/resolved-ticket`: a solved ticket becomes history that later ones are compared with. */
export function ticketResolved(deps: WebhookDependencies): RequestHandler {
  return async (request, response) => {
    const { tenant, body } = await admit(deps, request, response);
    const ticket = parsePayload(ticketResolvedSchema, body);
    const resolved: ResolvedTicket = {
      ticketId: ticket.ticket_id,
      subject: ticket.subject,
      description: ticket.description,
      resolution: ticket.resolution,
      resolvedAt: ticket.resolved_at,
      tags: ticket.tags,
    };
    await orUnavailable(deps.history.upsert(tenant.id, resolved));
    const correlationId = correlationIdOf(response);
    deps.log.info(
      { correlation_id: correlationId, tenant_id: tenant.id, ticket_id: ticket.ticket_id },
      'resolved ticket stored',
    );
    response.status(202).json({ status: 'accepted', correlation_id: correlationId });
  };
}

/**
 * Answers and records a webhook that was not accepted.
 *
 * @param counted whether it counts as an enhancement request; resolved tickets do not
 */
export function reject(
  deps: Pick<WebhookDependencies, 'recorder' | 'log'>,
  response: Response,
  error: unknown,
  counted: boolean,
): void {
  const rejection = error instanceof Rejection ? error : new Rejection('internal_error', { cause: error });
  const { reason } = rejection;
  const tenantLabel = tenantLabelOf(response);
  if (counted) {
    deps.recorder.rejected(tenantLabel, reason);
    deps.recorder.answered(tenantLabel, 'failure', secondsSince(response));
  }
  const about = { correlation_id: correlationIdOf(response), tenant_id: tenantLabel, reason };
  if (reason === 'internal_error') deps.log.error({ ...about, err: rejection.cause }, 'rejected');
  else if (rejection.cause instanceof QueueUnavailableError)
    deps.log.warn({ ...about, err: rejection.cause }, 'rejected');
  else deps.log.info(about, 'rejected');
  if (!response.headersSent) sendRejection(response, rejection);
}

function secondsSince(response: Response): number {
  const startedMs: unknown = response.locals['startedMs'];
  return typeof startedMs === 'number' ? (performance.now() - startedMs) / 1000 : 0;
}
