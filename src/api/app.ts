import express, { type Express, type NextFunction, type Request } from 'express';
import { problemOf } from '../http/problem.js';
import { desksWithWebhook, type DeskWithWebhook } from '../connectors/desks/index.js';
import { answerJson } from './answers.js';
import { type BodyBudget, createBodyBudget } from './body-budget.js';
import { answerProblem } from './rejection.js';
import { createBodyReader } from './raw-body.js';
import {
  type ApiHandler,
  type ApiResponse,
  createRequestContext,
  routeOf,
  secondsSinceStart,
} from './request-context.js';
import { signatureHeaders } from './signatures/authenticate.js';
import { reject, type WebhookAddress, webhookHandler } from './webhook-handler.js';
import { deskEvents } from './desk-events.js';
import { ticketCreated, ticketResolved, type WebhookDependencies } from './webhooks.js';

export interface AppDependencies extends WebhookDependencies {
  /** Whether this child drains: answers then close their connections, so that clients connect to other children. */
  readonly draining: () => boolean;
  /** For bodies that are being received. Default: {@link bodyBudgetBytes} of this app's own. */
  readonly bodyBudget?: BodyBudget;
  /** Desks with their own webhook. Default: all desks of this service. */
  readonly desks?: readonly DeskWithWebhook[];
}

const bodyBudgetBytes = 64 * 1024 * 1024;

/** The public API, without a server around it. */
export function createApp(deps: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(beginRequest(deps));

  const readBody = createBodyReader({
    budget: deps.bodyBudget ?? createBodyBudget(bodyBudgetBytes),
    signatureHeaders: signatureHeaders(deps.tenants.all()),
  });
  const route = (path: string, method: 'get' | 'post', methods: string, handler: ApiHandler) => {
    app[method](path, handler);
    app.all(path, (_request, response: ApiResponse) =>
      answerProblem(response, problemOf(405, `This address takes ${methods}.`), ['Allow', methods]),
    );
  };
  const created = ticketCreated(deps);
  const resolved = ticketResolved(deps);
  const webhook = (path: string, address: WebhookAddress) =>
    route(path, 'post', 'POST', webhookHandler(deps, readBody, address));
  webhook('/webhook/servicedesk', { webhookOf: () => created });
  webhook('/webhook/servicedesk/resolved-ticket', { webhookOf: () => resolved });
  for (const desk of deps.desks ?? desksWithWebhook) {
    webhook(`/webhook/${desk.type}/:tenant`, { desk, webhookOf: deskEvents(desk, created, resolved, deps) });
  }
  route('/health', 'get', 'GET, HEAD', (_request, response) => answerJson(response, 200, { status: 'ok' }));

  app.use((_request: Request, response: ApiResponse) => {
    answerProblem(response, problemOf(404, 'There is no such address here.'));
  });
  // Errors before a route is found, such as a path that cannot be decoded.
  app.use((error: unknown, _request: Request, response: ApiResponse, _next: NextFunction) => {
    const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
    if (status === 400) answerProblem(response, problemOf(400, 'The address cannot be decoded.'));
    else void reject(deps, response, error, false);
  });
  return app;
}

/** Makes the request's context, and measures its answer under its route. */
function beginRequest({ recorder, draining }: AppDependencies): ApiHandler {
  // One listener for all responses, instead of a closure for each.
  function measure(this: ApiResponse): void {
    const { req: request, statusCode, locals } = this;
    recorder.httpAnswered(request.method, routeOf(request), statusCode, secondsSinceStart(locals));
  }
  return (request, response, next) => {
    response.locals = createRequestContext(request, draining);
    response.on('finish', measure);
    // Checked here and not by the server, whose own answer would have no correlation id.
    if (request.headers.host !== undefined || request.httpVersion !== '1.1') next();
    else answerProblem(response, problemOf(400, 'The request has no Host header.'));
  };
}
