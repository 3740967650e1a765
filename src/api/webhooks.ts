import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { RequestHandler, Response } from 'express';
import type { ResolvedTicket } from '../enhancement/index.js';
import type { Logger } from '../logging/logger.js';
import type { WebhookRecorder } from '../telemetry/recorder.js';
import { type EnhancementJob, jobIdFor, jobVersion } from '../queue/job.js';
import type { EnhancementProducer } from '../queue/producer.js';
import type { Tenant, Tenants } from '../tenants/index.js';
import type { Tracing } from '../tracing/tracing.js';
import type { Accepted, ResolvedAccepted } from './answers.js';
import { adoptCorrelationId, correlationIdOf } from './correlation-id.js';
import { before } from './deadline.js';
import { type JsonObject, parseJsonObject } from './json-body.js';
import { parsePayload, type TicketCreated, ticketCreatedSchema, ticketResolvedSchema } from './payloads.js';
import { Rejection, sendRejection } from './problem.js';
import type { RateLimiter } from './rate-limiter.js';
import { authenticate, type Delivery } from './signatures/authenticate.js';
import { explainRefusal } from './signatures/refusal.js';

export interface WebhookDependencies {
  readonly tenants: Tenants;
  readonly producer: Pick<EnhancementProducer, 'enqueue'>;
  readonly history: { upsert(tenantId: string, ticket: ResolvedTicket): Promise<void> };
  readonly limiter: RateLimiter;
  readonly recorder: WebhookRecorder;
  /** Undefined: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  readonly log: Logger;
  /** This run of the service; goes with each job. */
  readonly instance: string;
  readonly now: () => number;
  /** Whether this child is on its way out: answers then ask clients to connect anew, which leads them to others. */
  readonly draining: () => boolean;
}

/** Who sent the request, proved by its signature. */
interface Signed {
  readonly tenant: Tenant;
  readonly delivery: Delivery;
  readonly body: JsonObject;
  /** On the clock of `performance.now()`: until when Redis must have answered. */
  readonly redisUntilMs: number;
  /** On the same clock: when its body had been read. */
  readonly readMs: number;
}

/** Seconds after which it is worth trying again when Redis was away. */
const retryAfterSeconds = 1;

/**
 * For all that is asked of Redis for one webhook, from when its body was read. Milliseconds. A single question has a
 * bound of its own, but a slow answer to one and none to the next would add up to more than the 1.5 s that are promised.
 */
const redisDeadlineMs = 1300;

/**
 * How long after its body was read an answer waits for its count to be safe, while the primary reads nothing; and how long
 * it waits even if Redis has taken up that time. Together with Redis' deadline that leaves the answer itself some hundred
 * milliseconds of the 1.5 s. Milliseconds.
 */
const commitDeadlineMs = 1200;
const shortestCommitMs = 100;

function commitUntilMs(readMs: number): number {
  return Math.max(readMs + commitDeadlineMs, performance.now() + shortestCommitMs);
}

/** The tenant that a body names, as a metric label; set as soon as it is known, for whatever is counted later. */
function noteTenant(response: Response, label: string): void {
  response.locals['tenantLabel'] = label;
}

function tenantLabelOf(response: Response): string {
  const label: unknown = response.locals['tenantLabel'];
  return typeof label === 'string' ? label : 'unknown';
}

/**
 * From raw bytes to a tenant that is proved: JSON, then tenant and signature. Nothing is said about the fields of a body
 * whose signature is wrong.
 */
export function identify(deps: Pick<WebhookDependencies, 'tenants' | 'now'>): RequestHandler {
  return (request, response, next) => {
    const readMs = performance.now();
    const bytes: unknown = request.body;
    const raw = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
    // A refused request waits for its count to be safe, and must not hold its body meanwhile.
    request.body = undefined;
    const body = parseJsonObject(raw);
    const tenantId = typeof body['tenant_id'] === 'string' ? body['tenant_id'] : '';
    const tenant = deps.tenants.get(tenantId);
    // A stranger may name a tenant that exists and is counted under it: that is bounded, and worth seeing.
    noteTenant(response, deps.tenants.label(tenantId));
    const { headers } = request;
    const nowSeconds = deps.now() / 1000;
    const delivery = authenticate(tenant, headers, raw, nowSeconds);
    if (tenant === undefined || delivery === undefined) {
      const explain = () => explainRefusal({ tenantId: body['tenant_id'], tenant, headers, nowSeconds });
      throw new Rejection('unauthorized', { explain });
    }
    const given = body['correlation_id'];
    adoptCorrelationId(response, typeof given === 'string' ? given : undefined);
    signed.set(response, { tenant, delivery, body, redisUntilMs: readMs + redisDeadlineMs, readMs });
    next();
  };
}

const signed = new WeakMap<Response, Signed>();

/** Whether a signed request's tenant is active and within its limit. */
async function admit(deps: WebhookDependencies, response: Response): Promise<Signed> {
  const request = signed.get(response);
  if (request === undefined) throw new Rejection('unauthorized');
  if (!request.tenant.active) throw new Rejection('tenant_inactive');
  // After the signature, so that nobody can use up another's limit.
  await orUnavailable(request.redisUntilMs, deps.limiter.admit(request.tenant));
  return request;
}

function toJob(deps: WebhookDependencies, ticket: TicketCreated, correlationId: string): EnhancementJob {
  return {
    version: jobVersion,
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

async function orUnavailable<T>(untilMs: number, task: Promise<T>): Promise<T> {
  try {
    return await before(untilMs, task);
  } catch (error) {
    throw error instanceof Rejection ? error : new Rejection('queue_unavailable', { retryAfterSeconds, cause: error });
  }
}

/** `POST /webhook/servicedesk`: a new ticket becomes a job. */
export function ticketCreated(deps: WebhookDependencies): RequestHandler {
  const { recorder, log } = deps;
  return async (_request, response) => {
    const { tenant, delivery, body, redisUntilMs, readMs } = await admit(deps, response);
    const ticket = parsePayload(ticketCreatedSchema, body);
    const correlationId = correlationIdOf(response);
    const about = { correlation_id: correlationId, tenant_id: tenant.id, ticket_id: ticket.ticket_id };
    logReceived(log, response, about);
    const jobId = jobIdFor(tenant.id, delivery.id);
    const job = toJob(deps, ticket, correlationId);
    const { duplicate, correlationId: first } = await orUnavailable(redisUntilMs, deps.producer.enqueue(jobId, job));
    if (duplicate) recorder.duplicate(tenant.id);
    else recorder.queued(tenant.id, jobId, correlationId);
    recorder.answered(tenant.id, 'success', secondsSince(response));
    deps.tracing?.about({ tenantId: tenant.id, jobId, correlationId: first, duplicate });
    log.info({ ...about, job_id: jobId }, duplicate ? 'duplicate' : 'queued');
    // Whoever holds the 202 finds it counted in the next scrape, even if this process is killed now.
    await recorder.committed(commitUntilMs(readMs));
    closeIfDraining(deps, response);
    const accepted: Accepted = { status: 'accepted', job_id: jobId, correlation_id: first, duplicate };
    response.status(202).json(accepted);
  };
}

/** `POST /webhook/servicedesk/resolved-ticket`: a solved ticket becomes history that later ones are compared with. */
export function ticketResolved(deps: WebhookDependencies): RequestHandler {
  return async (_request, response) => {
    const { tenant, body, redisUntilMs } = await admit(deps, response);
    const ticket = parsePayload(ticketResolvedSchema, body);
    const resolved: ResolvedTicket = {
      ticketId: ticket.ticket_id,
      subject: ticket.subject,
      description: ticket.description,
      resolution: ticket.resolution,
      resolvedAt: ticket.resolved_at,
      tags: ticket.tags,
    };
    await orUnavailable(redisUntilMs, deps.history.upsert(tenant.id, resolved));
    const correlationId = correlationIdOf(response);
    deps.tracing?.about({ tenantId: tenant.id, correlationId });
    deps.log.info(
      { correlation_id: correlationId, tenant_id: tenant.id, ticket_id: ticket.ticket_id },
      'resolved ticket stored',
    );
    closeIfDraining(deps, response);
    const accepted: ResolvedAccepted = { status: 'accepted', correlation_id: correlationId };
    response.status(202).json(accepted);
  };
}

/**
 * Answers and records a webhook that was not accepted.
 *
 * @param counted whether it counts as an enhancement request; resolved tickets do not
 */
export async function reject(
  deps: Pick<WebhookDependencies, 'recorder' | 'tracing' | 'log' | 'draining'>,
  response: Response,
  error: unknown,
  counted: boolean,
): Promise<void> {
  const rejection = error instanceof Rejection ? error : new Rejection('internal_error', { cause: error });
  const { reason } = rejection;
  const tenantLabel = tenantLabelOf(response);
  if (counted) {
    deps.recorder.rejected(tenantLabel, reason);
    deps.recorder.answered(tenantLabel, 'failure', secondsSince(response));
  }
  const about = { correlation_id: correlationIdOf(response), tenant_id: tenantLabel };
  deps.tracing?.about({ tenantId: tenantLabel, correlationId: about.correlation_id, rejection: reason });
  if (counted) logReceived(deps.log, response, about);
  const { explain } = rejection.details;
  if (explain === undefined) logRejected(deps.log, about, rejection);
  // A refusal is counted too, even if this process is killed now. One of an unsigned request comes as its body was read.
  const readMs = signed.get(response)?.readMs ?? performance.now();
  if (counted) await deps.recorder.committed(commitUntilMs(readMs));
  if (!response.headersSent) {
    if (!response.req.complete) {
      // What was refused by its head: a short body has come with it and is read in the same turn.
      response.req.resume();
      await setImmediate();
    }
    closeIfDraining(deps, response);
    sendRejection(response, rejection);
  }
  if (explain !== undefined) deps.log.info({ ...about, reason, detail: explain() }, 'rejected');
}

function logRejected(log: Logger, about: object, { reason, details: { errors }, cause }: Rejection): void {
  if (reason === 'internal_error') log.error({ ...about, reason, err: cause }, 'rejected');
  else if (reason === 'queue_unavailable') log.warn({ ...about, reason, err: cause }, 'rejected');
  else if (errors === undefined) log.info({ ...about, reason }, 'rejected');
  else log.info({ ...about, reason, fields: errors.map(({ field, message }) => `${field} ${message}`) }, 'rejected');
}

/** Once for each webhook that is counted as received: as soon as it is known whose it is, or that it is refused. */
function logReceived(log: Logger, response: Response, about: object): void {
  if (response.locals['receivedLogged'] === true) return;
  response.locals['receivedLogged'] = true;
  log.info(about, 'received');
}

/** Asked again at the answer: a drain may have begun since the request came, and its connection is closed right after. */
function closeIfDraining({ draining }: Pick<WebhookDependencies, 'draining'>, response: Response): void {
  if (draining()) response.set('Connection', 'close');
}

function secondsSince(response: Response): number {
  const startedMs: unknown = response.locals['startedMs'];
  return typeof startedMs === 'number' ? (performance.now() - startedMs) / 1000 : 0;
}
