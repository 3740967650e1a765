import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from '../logging/logger.js';
import { requireOwnHost } from './host-check.js';
import { problemOf, sendProblem } from '../http/problem.js';
import { queuePagePath, refuseOtherSites } from './queue-page.js';
import type { Readiness } from '../primary/state/readiness.js';
import { createStatusRouter, type StatusRoutes } from './status/router.js';
import { requireToken } from './operator-token.js';

export interface AdminDependencies extends Omit<StatusRoutes, 'authorize'> {
  /** Token for the status page and the local desk. Undefined: none is required. */
  readonly metricsBearerToken: string | undefined;
  /** Host names under which pages with tenants' data are served, besides IP addresses and `localhost`. */
  readonly publicHosts: readonly string[];
  readonly readiness: () => Promise<Readiness>;
  /** A ticket of the local desk; undefined: it has no such ticket. */
  readonly readTicket: (tenantId: string, ticketId: string) => Promise<unknown>;
  /** Describes both ports (https://spec.openapis.org/oas/v3.1.1.html). */
  readonly openApi: () => Promise<object>;
  /** The queue page and the token that it requires; undefined: it is not served. */
  readonly queuePage: { readonly token: string; readonly handle: RequestHandler } | undefined;
  readonly log: Logger;
}

/** All addresses of the metrics port except `/metrics`. */
export function createAdminApp(deps: AdminDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(
    helmet({
      // Both are for HTTPS; this port serves plain HTTP inside a network.
      strictTransportSecurity: false,
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
      // Browsers ignore both outside of HTTPS and localhost, and warn about it in their console.
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
  // Everything below shows data of tenants.
  app.use(requireOwnHost(deps.publicHosts));
  app.get('/openapi.json', async (_request, response) => void response.json(await deps.openApi()));
  const { status, events, assets } = deps;
  app.use(createStatusRouter({ status, events, assets, authorize: authorizeReader }));
  app.get('/desk/:tenant/tickets/:id', authorizeReader, async (request, response) => {
    const ticket = await deps.readTicket(String(request.params['tenant']), String(request.params['id']));
    if (ticket === undefined) {
      sendProblem(
        response,
        problemOf(404, 'The local desk has no such ticket. A note appears once its job has ended.'),
      );
      return;
    }
    response.json(ticket);
  });
  if (deps.queuePage) {
    const { token, handle } = deps.queuePage;
    const authorize = requireToken({ token, variable: 'ADMIN_TOKEN', schemes: ['bearer', 'basic'] });
    app.use(queuePagePath, authorize, refuseOtherSites, handle);
  }
  app.use((_request, response) => sendProblem(response, problemOf(404, 'The metrics port serves no such address.')));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (error instanceof URIError) return sendProblem(response, problemOf(400, 'The address cannot be decoded.'));
    deps.log.error({ err: error, path: request.path }, 'an admin request failed');
    if (response.headersSent) next(error);
    else sendProblem(response, problemOf(503, 'The request failed; the log has the reason.'));
  });
  return app;
}
