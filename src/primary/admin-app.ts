import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from '../logging/logger.js';
import { hasBearerToken } from './bearer.js';
import type { Readiness } from './readiness.js';
import { type Status, statusPage } from './status.js';

export interface AdminDependencies {
  readonly metrics: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly metricsBearerToken: string | undefined;
  readonly readiness: () => Promise<Readiness>;
  readonly status: () => Promise<Status>;
  /** A ticket of the local desk; undefined: there is none. */
  readonly readTicket: (tenantId: string, ticketId: string) => Promise<unknown>;
  /** Describes both ports (https://spec.openapis.org/oas/v3.1.1.html). */
  readonly openApi: () => Promise<object>;
  readonly log: Logger;
}

/** What the primary serves on the metrics port. */
export function createAdminApp(deps: AdminDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(
    helmet({
      // Plain HTTP inside a network: neither header would have a meaning here.
      strictTransportSecurity: false,
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    }),
  );

  const authorizeScrape = (request: Request, response: Response, next: NextFunction): void => {
    const { metricsBearerToken } = deps;
    if (metricsBearerToken === undefined || hasBearerToken(request.headers.authorization, metricsBearerToken)) {
      next();
      return;
    }
    response.set('WWW-Authenticate', 'Bearer realm="metrics"');
    problem(response, 401, 'Unauthorized', 'This address wants METRICS_BEARER_TOKEN as a bearer token.');
  };

  app.all('/metrics', authorizeScrape, (request, response) => deps.metrics(request, response));
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const readiness = await deps.readiness();
    response.status(readiness.ready ? 200 : 503).json(readiness);
  });
  app.get('/status', async (_request, response) => void response.json(await deps.status()));
  app.get('/', async (_request, response) => void response.type('html').send(statusPage(await deps.status())));
  app.get('/openapi.json', async (_request, response) => void response.json(await deps.openApi()));
  app.get('/desk/:tenant/tickets/:id', async (request, response) => {
    const { tenant, id } = request.params;
    const ticket = await deps.readTicket(tenant, id);
    if (ticket === undefined) {
      problem(response, 404, 'Not Found', 'The local desk has no such ticket. A note appears once its job has ended.');
      return;
    }
    response.json(ticket);
  });
  app.use((_request, response) => problem(response, 404, 'Not Found', 'The metrics port serves no such address.'));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    deps.log.error({ err: error, path: request.path }, 'an admin request failed');
    if (response.headersSent) next(error);
    else problem(response, 503, 'Service Unavailable', 'This could not be answered just now; the log says why.');
  });
  return app;
}

/** RFC 9457. */
function problem(response: Response, status: number, title: string, detail: string): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
