import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Health } from './answers.js';
import { type BodyBudget, createBodyBudget } from './body-budget.js';
import { correlate } from './correlation-id.js';
import { sendProblem } from './problem.js';
import { readRawBody } from './raw-body.js';
import { traceRequests } from './request-traces.js';
import { signatureHeaders } from './signatures/authenticate.js';
import { identify, reject, ticketCreated, ticketResolved, type WebhookDependencies } from './webhooks.js';

export interface AppDependencies extends WebhookDependencies {
  /** For bodies that are being received. Default: {@link bodyBudgetBytes} of this app's own. */
  readonly bodyBudget?: BodyBudget;
}

const bodyBudgetBytes = 64 * 1024 * 1024;

/** The public API, without a server around it. */
export function createApp(deps: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.locals['startedMs'] = performance.now();
    if (deps.draining()) response.set('Connection', 'close');
    next();
  });
  app.use(observe(deps));
  // Answers are JSON for machines: what a browser would need of helmet has no reader here.
  app.use(helmet({ contentSecurityPolicy: false, strictTransportSecurity: false, originAgentCluster: false }));
  app.use(correlate);
  // Here and not by the server, whose own answer would carry no correlation id.
  app.use((request, response, next) => {
    if (request.headers.host !== undefined || request.httpVersion !== '1.1') next();
    else sendProblem(response, { status: 400, title: 'Bad request', detail: 'The request has no Host header.' });
  });

  app.get('/health', (_request, response) => void response.json({ status: 'ok' } satisfies Health));

  const rejectWith =
    (counted: boolean) => (error: unknown, _request: Request, response: Response, _next: NextFunction) =>
      reject(deps, response, error, counted);
  const traces = traceRequests(deps.tracing);
  const readBody = readRawBody({
    budget: deps.bodyBudget ?? createBodyBudget(bodyBudgetBytes),
    signatureHeaders: signatureHeaders(deps.tenants.all()),
  });
  const webhook = (path: string, handler: RequestHandler, counted: boolean) =>
    app.post(path, readBody, identify(deps), ...traces.signed, handler, ...traces.unsigned, rejectWith(counted));
  webhook('/webhook/servicedesk', ticketCreated(deps), true);
  webhook('/webhook/servicedesk/resolved-ticket', ticketResolved(deps), false);

  const allow = (methods: string) => (_request: Request, response: Response) => {
    response.set('Allow', methods);
    sendProblem(response, {
      status: 405,
      title: 'Method not allowed',
      detail: `This address takes ${methods}.`,
    });
  };
  app.all('/health', allow('GET, HEAD'));
  app.all('/webhook/servicedesk', allow('POST'));
  app.all('/webhook/servicedesk/resolved-ticket', allow('POST'));
  app.use((_request: Request, response: Response) => {
    sendProblem(response, { status: 404, title: 'Not found', detail: 'There is no such address here.' });
  });
  // A path that cannot be decoded, and whatever else fails before a route is found.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
    if (status === 400) {
      sendProblem(response, { status: 400, title: 'Bad request', detail: 'The address cannot be read.' });
      return;
    }
    void reject(deps, response, error, false);
  });
  return app;
}

/** Every answer is measured under its route's pattern: a path would make a series of each ticket. */
function observe({ recorder }: AppDependencies) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedMs = performance.now();
    response.once('finish', () => {
      const route: unknown = request.route;
      const path =
        typeof route === 'object' && route !== null && 'path' in route && typeof route.path === 'string'
          ? route.path
          : 'unmatched';
      recorder.httpAnswered(request.method, path, response.statusCode, (performance.now() - startedMs) / 1000);
    });
    next();
  };
}
