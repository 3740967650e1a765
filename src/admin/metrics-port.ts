import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AdminDependencies, createAdminApp } from './admin-app.js';
import { permits, refuse, type TokenRule } from './operator-token.js';

export interface MetricsPortDependencies extends AdminDependencies {
  readonly metrics: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * Handles all requests to the metrics port. Scrapes bypass Express and its headers for browsers, which were nearly half of
 * the cost of 200 concurrent scrapes.
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

/** Matches as Express does: in any case, with or without a slash at the end, and with an origin as some proxies send it. */
const metricsAddress = /^(?:https?:\/\/[^/?]*)?\/metrics\/?(?:\?|$)/i;
