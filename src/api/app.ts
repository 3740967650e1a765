import type { IncomingMessage, RequestListener } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
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
  type RequestContext,
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

type ExpressResponse = Response<unknown, RequestContext>;

const bodyBudgetBytes = 64 * 1024 * 1024;

/** Handles requests of the public API. `router` is Express', with all routes. */
export type App = RequestListener & Pick<Express, 'router'>;

/** The public API, without a server around it. */
export function createApp(deps: AppDependencies): App {
  const routes = routesOf(deps);
  const expressApp = createRouter(deps, routes);
  const handleDirectly = directHandler(deps, routes);
  const measure = measureAnswer(deps);
  const listen: RequestListener = (request, response) => {
    const begun = Object.assign(response, { locals: createRequestContext(request, deps.draining) });
    begun.on('finish', measure);
    // An address that ends with a slash, and the path behind it.
    request.url = request.url?.replace(/^\/{2,}/, '/');
    // Checked here and not by the server, whose own answer would have no correlation id.
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      answerProblem(begun, problemOf(400, 'The request has no Host header.'));
    } else if (!handleDirectly(request, begun)) expressApp(request, begun);
  };
  return Object.assign(listen, { router: expressApp.router });
}

/** One address of the API. */
interface Route {
  readonly path: string;
  readonly method: 'get' | 'post';
  /** The value of `Allow`. */
  readonly allow: string;
  readonly handler: ApiHandler;
}

function routesOf(deps: AppDependencies): readonly Route[] {
  const readBody = createBodyReader({
    budget: deps.bodyBudget ?? createBodyBudget(bodyBudgetBytes),
    signatureHeaders: signatureHeaders(deps.tenants.all()),
  });
  const webhook = (path: string, address: WebhookAddress): Route => ({
    path,
    method: 'post',
    allow: 'POST',
    handler: webhookHandler(deps, readBody, address),
  });
  const created = ticketCreated(deps);
  const resolved = ticketResolved(deps);
  const desks = deps.desks ?? desksWithWebhook;
  return [
    webhook('/webhook/servicedesk', { webhookOf: () => created }),
    webhook('/webhook/servicedesk/resolved-ticket', { webhookOf: () => resolved }),
    ...desks.map((desk) =>
      webhook(`/webhook/${desk.type}/:tenant`, { desk, webhookOf: deskEvents(desk, created, resolved, deps) }),
    ),
    {
      path: '/health',
      method: 'get',
      allow: 'GET, HEAD',
      handler: (_request, response) => answerJson(response, 200, { status: 'ok' }),
    },
  ];
}

/**
 * Handles webhooks at addresses without parameters without Express, which would take a third of the processor time of a webhook:
 * it replaces the prototypes of request and response, and tries its routes one by one.
 *
 * @returns a function that returns false if the request is Express', such as one whose address has a query
 */
function directHandler(deps: AppDependencies, routes: readonly Route[]) {
  const direct = new Map(
    routes.filter(({ path, method }) => method === 'post' && !path.includes(':')).map((route) => [route.path, route]),
  );
  return (request: IncomingMessage, response: ApiResponse): boolean => {
    const route = request.method === 'POST' ? direct.get(request.url ?? '') : undefined;
    if (route === undefined) return false;
    response.locals.route = route.path;
    Promise.resolve(route.handler(request, response)).catch((error: unknown) => reject(deps, response, error, false));
    return true;
  };
}

/** Handles every request by Express: all routes, and the answers to what none of them takes. */
function createRouter(deps: AppDependencies, routes: readonly Route[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  for (const { path, method, allow, handler } of routes) {
    app[method](path, (request: Request, response: ExpressResponse) => {
      response.locals.route = path;
      return handler(request, response);
    });
    app.all(path, (_request, response: ExpressResponse) => {
      response.locals.route = path;
      answerProblem(response, problemOf(405, `This address takes ${allow}.`), ['Allow', allow]);
    });
  }
  app.use((_request: Request, response: ExpressResponse) => {
    answerProblem(response, problemOf(404, 'There is no such address here.'));
  });
  // Errors before a route is found, such as a path that cannot be decoded.
  app.use((error: unknown, _request: Request, response: ExpressResponse, _next: NextFunction) => {
    const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
    if (status === 400) answerProblem(response, problemOf(400, 'The address cannot be decoded.'));
    else void reject(deps, response, error, false);
  });
  return app;
}

/** Measures an answer under its route: one listener for all responses, instead of a closure for each. */
function measureAnswer({ recorder }: AppDependencies): (this: ApiResponse) => void {
  return function measure() {
    const { req: request, statusCode, locals } = this;
    recorder.httpAnswered(request.method ?? '', locals.route, statusCode, secondsSinceStart(locals));
  };
}
