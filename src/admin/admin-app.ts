import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from '../logging/logger.js';
import { requireOwnHost } from './host-check.js';
import { problem } from './problem.js';
import { refuseOtherSites } from './queue-page.js';
import type { Readiness } from '../primary/readiness.js';
import { createStatusRouter, type StatusRoutes } from './status/router.js';
import { requireToken } from './token.js';

export interface AdminDependencies extends Omit<StatusRoutes, 'authorize'> {
  /** Wanted for every figure, if set; whether the service is alive and ready is told to everybody. */
  readonly metricsBearerToken: string | undefined;
  /** Under which names, beside its addresses and localhost, pages with tenants' data are served. */
  readonly publicHosts: readonly string[];
  readonly readiness: () => Promise<Readiness>;
  /** A ticket of the local desk; undefined: there is none. */
  readonly readTicket: (tenantId: string, ticketId: string) => Promise<unknown>;
  /** Describes both ports (https://spec.openapis.org/oas/v3.1.1.html). */
  readonly openApi: () => Promise<object>;
  /** The queue page and the token it wants; undefined: there is none. */
  readonly queuePage: { readonly token: string; readonly handle: RequestHandler } | undefined;
  readonly log: Logger;
}

/** What the primary serves on the metrics port beside `/metrics`. */
export function createAdminApp(deps: AdminDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(
    helmet({
      // Plain HTTP inside a network: neither header would have a meaning here.
      strictTransportSecurity: false,
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
      // Browsers ignore both outside of HTTPS and localhost, and complain about it in their console.
      crossOriginOpenerPolicy: false,
      originAgentCluster: false,
    }),
  );

  const authorizeReader = requireToken({
    token: deps.metricsBearerToken,
    variable: 'METRICS_BEARER_TOKEN',
    schemes: ['bearer', 'basic'],
  });

  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const readiness = await deps.readiness();
    response.status(readiness.ready ? 200 : 503).json(readiness);
  });
  // Everything below shows data of tenants, or names them.
  app.use(requireOwnHost(deps.publicHosts));
  app.get('/openapi.json', async (_request, response) => void response.json(await deps.openApi()));
  const { status, events, assets } = deps;
  app.use(createStatusRouter({ status, events, assets, authorize: authorizeReader }));
  app.get('/desk/:tenant/tickets/:id', authorizeReader, async (request, response) => {
    const ticket = await deps.readTicket(String(request.params['tenant']), String(request.params['id']));
    if (ticket === undefined) {
      problem(response, 404, 'Not Found', 'The local desk has no such ticket. A note appears once its job has ended.');
      return;
    }
    response.json(ticket);
  });
  if (deps.queuePage) {
    const { token, handle } = deps.queuePage;
    const authorize = requireToken({ token, variable: 'ADMIN_TOKEN', schemes: ['bearer', 'basic'] });
    app.use('/queues', authorize, refuseOtherSites, handle);
  }
  app.use((_request, response) => problem(response, 404, 'Not Found', 'The metrics port serves no such address.'));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    deps.log.error({ err: error, path: request.path }, 'an admin request failed');
    if (response.headersSent) next(error);
    else problem(response, 503, 'Service Unavailable', 'This could not be answered just now; the log says why.');
  });
  return app;
}
