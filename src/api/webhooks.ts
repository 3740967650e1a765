import { randomUUID } from 'node:crypto';
import { type CitationOutcome, isOurNote, type ResolvedTicket } from '../enhancement/index.js';
import type { DeliveryNames } from '../queue/delivery-names.js';
import { type EnhancementJob, jobIdFor, jobVersion } from '../queue/job.js';
import type { EnhancementProducer } from '../queue/producer.js';
import type { WaitBudget } from '../timing/wait-budget.js';
import type { NewTicket, NewTicketReading } from '../intake/index.js';
import type { Tenant } from '../tenants/index.js';
import type { Ignored } from './answers.js';
import { readTicketCreated, readTicketResolved } from './payloads.js';
import { Rejection } from './rejection.js';
import type { RateLimiter } from './rate-limiter.js';
import { type RequestContext, secondsSinceStart } from './request-context.js';
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
  /** Compares a resolution with the sources that the ticket's note cited, once for each ticket. */
  readonly citations: { judge(tenantId: string, ticket: ResolvedTicket): Promise<CitationOutcome | undefined> };
  readonly limiter: RateLimiter;
  /** This run of the service; goes with each job. */
  readonly instance: string;
}

/** `POST /webhook/servicedesk`: a new ticket becomes a job. */
export function ticketCreated(deps: WebhookDependencies): Webhook {
  const { recorder, producer, limiter, tracing, log } = deps;
  return {
    isCounted: true,
    async accept(request, context) {
      const { tenant, bodyReadMs, redisTime } = request;
      const reading = await readUnlessNote(deps, request);
      if (reading === undefined) return ignoreNote(deps, request, context);
      const { ticket, mended } = reading;
      const { correlationId } = context;
      const fields = { correlation_id: correlationId, tenant_id: tenant.id, ticket_id: ticket.ticketId };
      logReceived(log, context, fields);
      const jobId = jobIdFor(tenant.id, await firstNameOf(deps, request));
      const job = toJob(deps, tenant, ticket, correlationId);
      const { requestsPerMinute } = tenant.limits;
      const queued = await inRedisTime(redisTime, producer.enqueue(jobId, job, requestsPerMinute));
      if (queued.kind === 'over_limit') throw limiter.usedUp(tenant, queued.endsInMs);
      const { duplicate, correlationId: first } = queued;
      if (duplicate) recorder.duplicate(tenant.id);
      else recorder.queued(tenant.id, jobId, correlationId);
      recorder.answered(tenant.id, 'success', secondsSinceStart(context));
      tracing?.about({ tenantId: tenant.id, jobId, correlationId: first, duplicate });
      if (duplicate) log.info({ ...fields, job_id: jobId }, 'duplicate');
      else log.info({ ...fields, job_id: jobId, ...mendsOf([...request.mended, ...mended]) }, 'queued');
      await countIsSafe(recorder, bodyReadMs);
      return { status: 'accepted', job_id: jobId, correlation_id: first, duplicate };
    },
  };
}

/**
 * Reads the ticket of a request whose tenant is active and not known to be over its limit. The command that queues the job
 * counts the request against the limit; an invalid request has no job and is counted here. A description with the mark of a note is
 * read first, as the refusal of a note is not counted.
 *
 * @returns undefined for a note of this service, with or without a ticket
 */
async function readUnlessNote(
  deps: Pick<WebhookDependencies, 'limiter' | 'now'>,
  request: SignedRequest,
): Promise<NewTicketReading | undefined> {
  const { tenant, body } = request;
  const { description } = body;
  const isMarked = typeof description === 'string' && isOurNote(description);
  const checkLimit = (): void => {
    if (!tenant.active) throw new Rejection('tenant_inactive');
    deps.limiter.refuseOverLimit(tenant);
  };
  if (!isMarked) checkLimit();
  try {
    const reading = await readTicketCreated(body, tenant, deps.now());
    if (reading.isOurNote) return undefined;
    if (isMarked) checkLimit();
    return reading;
  } catch (error) {
    if (isMarked && error instanceof Rejection && error.reason === 'invalid_payload') return undefined;
    await admit(deps, request);
    throw error;
  }
}

/** @throws {Rejection} one that is not counted: the note is no request */
async function ignoreNote(
  deps: Pick<WebhookDependencies, 'limiter' | 'log'>,
  request: SignedRequest,
  context: RequestContext,
): Promise<Ignored> {
  try {
    return await ignore(deps, request, context, 'a note of this service');
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    throw new Rejection(error.reason, { ...error.details, isUncounted: true });
  }
}

/** The name under which the delivery was first seen. */
async function firstNameOf(
  { deliveries }: Pick<WebhookDependencies, 'deliveries'>,
  { tenant, delivery: { id, unsignedId }, redisTime }: SignedRequest,
): Promise<string> {
  if (unsignedId === undefined) return id;
  return inRedisTime(redisTime, deliveries.firstOf(tenant.id, [id, `unsigned:${unsignedId}`]));
}

/** `POST /webhook/servicedesk/resolved-ticket`: a solved ticket becomes history that later ones are compared with. */
export function ticketResolved(deps: WebhookDependencies): Webhook {
  const { history, tracing, log, now } = deps;
  return {
    isCounted: false,
    async accept(request, { correlationId }) {
      const { tenant, body, redisTime } = request;
      await admit(deps, request);
      const { ticket, mended } = await readTicketResolved(body, now());
      const isStored = ticket.resolution !== '';
      if (isStored) {
        await inRedisTime(redisTime, history.upsert(tenant.id, ticket));
        await judgeCitations(deps, request, ticket);
      }
      tracing?.about({ tenantId: tenant.id, correlationId });
      const fields = { correlation_id: correlationId, tenant_id: tenant.id, ticket_id: ticket.ticketId };
      log.info(
        { ...fields, ...mendsOf([...request.mended, ...mended]) },
        isStored ? 'resolved ticket stored' : 'resolved ticket has no resolution and is not stored',
      );
      return { status: 'accepted', correlation_id: correlationId };
    },
  };
}

/** Never rejects: the ticket is stored, and a failure of Redis loses only the count. */
async function judgeCitations(
  { citations, recorder, log }: WebhookDependencies,
  { tenant, bodyReadMs, redisTime }: SignedRequest,
  ticket: ResolvedTicket,
): Promise<void> {
  try {
    const outcome = await inRedisTime(redisTime, citations.judge(tenant.id, ticket));
    if (outcome === undefined) return;
    recorder.citationJudged(tenant.id, outcome);
    await countIsSafe(recorder, bodyReadMs);
  } catch (error) {
    log.warn(
      { tenant_id: tenant.id, ticket_id: ticket.ticketId, err: error },
      'citations of a resolved ticket not counted',
    );
  }
}

/** Answers an event that has no effect. */
export async function ignore(
  deps: Pick<WebhookDependencies, 'limiter' | 'log'>,
  request: SignedRequest,
  { correlationId }: RequestContext,
  event: string,
): Promise<Ignored> {
  await admit(deps, request);
  const { id: tenant_id, desk } = request.tenant;
  deps.log.info({ correlation_id: correlationId, tenant_id, desk: desk.type, event }, 'event ignored');
  return { status: 'ignored', correlation_id: correlationId };
}

/**
 * Admits a request if its tenant is active and within its limit. Called after the signature is verified, so that only the
 * tenant's own requests use up its limit.
 *
 * @throws {Rejection}
 */
export async function admit(
  { limiter }: Pick<WebhookDependencies, 'limiter'>,
  { tenant, redisTime }: SignedRequest,
): Promise<void> {
  if (!tenant.active) throw new Rejection('tenant_inactive');
  await inRedisTime(redisTime, limiter.admit(tenant));
}

/** For the log line of a delivery that is accepted for the first time. */
function mendsOf(mended: readonly string[]): { readonly mended?: readonly string[] } {
  return mended.length === 0 ? {} : { mended };
}

const nonceOfProcess = randomUUID();
let deliveries = 0;

/** Unique over all processes. A UUID for each delivery would cost as much as the check of a signature's form. */
function nextNonce(): string {
  return `${nonceOfProcess}-${++deliveries}`;
}

function toJob(
  { now, instance }: WebhookDependencies,
  { id: tenantId, desk }: Tenant,
  ticket: NewTicket,
  correlationId: string,
): EnhancementJob {
  return {
    version: jobVersion,
    tenantId,
    desk: desk.type,
    ...ticket,
    correlationId,
    acceptedAtMs: now(),
    nonce: nextNonce(),
    instance,
  };
}

/** Seconds after which a client may try again when Redis is unavailable. */
const retryAfterSeconds = 1;

/** The task is not stopped when the time is over: Redis may still execute its command. */
async function inRedisTime<T>(time: WaitBudget, task: Promise<T>): Promise<T> {
  try {
    return await time.within(task, () => new Error('Redis took too long'));
  } catch (error) {
    throw error instanceof Rejection ? error : new Rejection('queue_unavailable', { retryAfterSeconds, cause: error });
  }
}
