import { setImmediate } from 'node:timers/promises';
import type { DeskWithWebhook } from '../connectors/desks/index.js';
import type { Logger } from '../logging/logger.js';
import type { WebhookRecorder } from '../telemetry/recorder.js';
import type { Tenant, Tenants } from '../tenants/index.js';
import { createWaitBudget, type WaitBudget } from '../timing/wait-budget.js';
import type { Tracing } from '../tracing/tracing.js';
import { type Accepted, answerJson, type Ignored, type ResolvedAccepted } from './answers.js';
import { charsetOf } from './body-text.js';
import { type JsonBody, readJsonBody } from './json-body.js';
import { answerRejection, Rejection } from './rejection.js';
import type { ReadBody } from './raw-body.js';
import {
  type ApiHandler,
  type ApiResponse,
  adoptCorrelationId,
  type RequestContext,
  secondsSinceStart,
} from './request-context.js';
import { type Caller, callerOf, inRequestSpan } from './request-traces.js';
import { authenticate } from './signatures/authenticate.js';
import type { Delivery } from './signatures/delivery.js';
import type { ReceivedRequest } from './signatures/received-request.js';
import { explainRefusal } from './signatures/refusal-explanation.js';

export interface HandlerDependencies {
  readonly tenants: Tenants;
  readonly recorder: WebhookRecorder;
  /** Undefined: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  readonly log: Logger;
  readonly now: () => number;
}

/** A request whose signature was verified. */
export interface SignedRequest extends JsonBody {
  readonly tenant: Tenant;
  readonly delivery: Delivery;
  /** On the clock of `performance.now()`. */
  readonly bodyReadMs: number;
  /** For all commands to Redis of this request. */
  readonly redisTime: WaitBudget;
}

/**
 * Each command has a bound of its own, but a slow answer to one and none to the next would add up to more than the 1.5 s that are
 * promised. Milliseconds.
 */
const redisTimeMs = 1300;

export interface Webhook {
  /** Whether it counts as an enhancement request; resolved tickets do not. */
  readonly isCounted: boolean;
  /** @throws {Rejection} */
  accept(request: SignedRequest, context: RequestContext): Promise<WebhookAnswer>;
}

export type WebhookAnswer = Accepted | ResolvedAccepted | Ignored;

/** One address of the webhook API. */
export interface WebhookAddress {
  /** Undefined: the body has the service's own form and names its tenant. */
  readonly desk?: DeskWithWebhook;
  /** The webhook that handles a request. @param request undefined before its signature is verified */
  webhookOf(request: SignedRequest | undefined): Webhook;
}

/** Handles a webhook: reads its body, verifies tenant and signature, runs the webhook, and answers. */
export function webhookHandler(
  deps: HandlerDependencies,
  readBody: ReadBody,
  { desk, webhookOf }: WebhookAddress,
): ApiHandler {
  return async (request, response) => {
    let webhook = webhookOf(undefined);
    const answerError = (error: unknown) => reject(deps, response, error, webhook.isCounted);
    const inSpan = (caller: Caller | undefined, work: () => Promise<void>) =>
      inRequestSpan(deps.tracing, { request, response, caller }, work);
    let signed: SignedRequest;
    try {
      const bytes = await readBody(request);
      const received = { headers: request.headers, body: bytes, nowSeconds: deps.now() / 1000 };
      signed = identify(deps, response.locals, received, desk && { desk, tenantId: request.params?.['tenant'] });
    } catch (error) {
      await inSpan(undefined, () => answerError(error));
      return;
    }
    await inSpan(callerOf(request), async () => {
      try {
        webhook = webhookOf(signed);
        answerJson(response, 202, await webhook.accept(signed, response.locals));
      } catch (error) {
        await answerError(error);
      }
    });
  };
}

/** The address of a desk's own webhook, which names the tenant. */
interface DeskAddress {
  readonly desk: DeskWithWebhook;
  readonly tenantId: string | string[] | undefined;
}

/**
 * Parses a body, and verifies its tenant and signature. The answer to a wrong signature reveals nothing about the fields.
 *
 * @throws {Rejection} without a reference to the body, which would stay in memory until the rejection is counted safely
 */
function identify(
  { tenants }: HandlerDependencies,
  context: RequestContext,
  request: ReceivedRequest,
  address: DeskAddress | undefined,
): SignedRequest {
  const { headers, nowSeconds } = request;
  const bodyReadMs = performance.now();
  context.bodyReadMs = bodyReadMs;
  const { body, mended } = readJsonBody(request.body, charsetOf(headers['content-type']));
  const { correlation_id: correlationId } = body;
  const given = address === undefined ? body['tenant_id'] : address.tenantId;
  const tenantId = typeof given === 'string' || Number.isSafeInteger(given) ? String(given).trim() : '';
  const named = tenants.get(tenantId);
  // A tenant with another desk is answered like one that does not exist.
  const tenant = address === undefined || named?.desk.type === address.desk.type ? named : undefined;
  // An unsigned request that names a configured tenant is counted under it: bounded, and useful to its operator.
  context.tenantLabel = tenants.label(tenantId);
  const delivery = authenticate(tenant, request, address?.desk);
  if (tenant === undefined || delivery === undefined) {
    const explain = () => explainRefusal({ tenantId: given, tenant: named, desk: address?.desk, headers, nowSeconds });
    throw new Rejection('unauthorized', { explain });
  }
  adoptCorrelationId(context, correlationId);
  const unsignedId = headers[address?.desk.webhook.deliveryHeader ?? ''];
  const isNamed = typeof unsignedId === 'string' && unsignedId !== '';
  return {
    tenant,
    delivery: isNamed ? { ...delivery, unsignedId } : delivery,
    body,
    mended,
    bodyReadMs,
    redisTime: createWaitBudget(redisTimeMs),
  };
}

/**
 * While the primary does not read, an answer waits for the safety of its count until this long after its body was read, and at
 * least `shortestCommitMs` even if Redis has used up that time. Of the promised 1.5 s that leaves some hundred for the answer
 * itself. Milliseconds.
 */
const commitDeadlineMs = 1200;
const shortestCommitMs = 100;

/** Resolves when what was recorded survives a SIGKILL of this process. Awaited before an answer, so that it is never missing from a later scrape. */
export function countIsSafe(recorder: WebhookRecorder, bodyReadMs: number): Promise<void> {
  return recorder.committed(Math.max(bodyReadMs + commitDeadlineMs, performance.now() + shortestCommitMs));
}

/** Answers and records a webhook that was not accepted. */
export async function reject(
  { recorder, tracing, log }: HandlerDependencies,
  response: ApiResponse,
  error: unknown,
  isCountedWebhook: boolean,
): Promise<void> {
  const rejection = error instanceof Rejection ? error : new Rejection('internal_error', { cause: error });
  const isCounted = isCountedWebhook && rejection.details.isUncounted !== true;
  const { reason } = rejection;
  const { locals: context, req: request } = response;
  const { tenantLabel, correlationId } = context;
  if (isCounted) {
    recorder.rejected(tenantLabel, reason);
    recorder.answered(tenantLabel, 'failure', secondsSinceStart(context));
  }
  const fields = { correlation_id: correlationId, tenant_id: tenantLabel };
  tracing?.about({ tenantId: tenantLabel, correlationId, rejection: reason });
  if (isCounted) logReceived(log, context, fields);
  const { explain } = rejection.details;
  if (explain === undefined) logRejected(log, fields, rejection);
  if (isCounted) await countIsSafe(recorder, context.bodyReadMs ?? performance.now());
  if (!response.headersSent) {
    if (!request.complete) {
      // Refused by its head. A short body has arrived with it and is read in this turn.
      request.resume();
      await setImmediate();
    }
    answerRejection(response, rejection);
  }
  if (explain !== undefined) log.info({ ...fields, reason, detail: explain() }, 'rejected');
}

function logRejected(log: Logger, fields: object, { reason, details: { errors }, cause }: Rejection): void {
  if (reason === 'internal_error') log.error({ ...fields, reason, err: cause }, 'rejected');
  else if (reason === 'queue_unavailable') log.warn({ ...fields, reason, err: cause }, 'rejected');
  else if (errors === undefined) log.info({ ...fields, reason }, 'rejected');
  else log.info({ ...fields, reason, fields: errors.map(({ field, message }) => `${field} ${message}`) }, 'rejected');
}

/** Logs each counted webhook once: when its tenant is known, or when it is rejected. */
export function logReceived(log: Logger, context: RequestContext, fields: object): void {
  if (context.isReceivedLogged) return;
  context.isReceivedLogged = true;
  log.info(fields, 'received');
}
