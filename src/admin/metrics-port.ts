import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AdminDependencies, createAdminApp } from './admin-app.js';
import { permits, refuse, type TokenRule } from './token.js';

export interface MetricsPortDependencies extends AdminDependencies {
  readonly metrics: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * What the metrics port answers. Scrapes do not pass through Express and its headers for browsers: those were nearly
 * half of what 200 scrapes at once cost the primary.
 */
export function createMetricsPort(deps: MetricsPortDependencies): RequestListener {
  const app = createAdminApp(deps);
  const rule: TokenRule = {
    token: deps.metricsBearerToken,
    variable: 'METRICS_BEARER_TOKEN',
    schemes: ['bearer'],
  };
  return (request, response) => {
    if (!metricsAddress.test(request.url ?? '')) app(request, response);
    else if (!permits(rule, request.headers.authorization)) refuse(rule, response);
    else deps.metrics(request, response).catch((error: unknown) => deps.log.error({ err: error }, 'a scrape failed'));
  };
}

/** As lenient as Express with the other addresses. */
const metricsAddress = /^\/metrics\/?(?:\?|$)/i;
