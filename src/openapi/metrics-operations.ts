import { type Answer, jsonAnswer, problemAnswer, retryAfter, textAnswer } from './operation.js';

const scraper = [{}, { metricsBearer: [] }];
/** Browsers send the same token as a password. */
const reader = [...scraper, { metricsBasic: [] }];

export const metricsSecuritySchemes = {
  metricsBearer: { type: 'http', scheme: 'bearer', description: 'Required when METRICS_BEARER_TOKEN is set.' },
  metricsBasic: { type: 'http', scheme: 'basic', description: 'Any user, METRICS_BEARER_TOKEN as the password.' },
  adminBearer: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN.' },
  adminBasic: { type: 'http', scheme: 'basic', description: 'Any user, ADMIN_TOKEN as the password.' },
};

function get(operationId: string, summary: string, responses: Record<string, Answer>, rest: object = {}) {
  return { get: { operationId, summary, tags: ['operations'], security: [], responses, ...rest } };
}

function pathParameter(name: string, description: string) {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } };
}

const metrics = {
  description: 'All metrics of all children, as they are now.',
  content: {
    'text/plain; version=0.0.4; charset=utf-8': { schema: { type: 'string' } },
    'application/openmetrics-text; version=1.0.0; charset=utf-8': { schema: { type: 'string' } },
  },
};

const wantsToken = problemAnswer('METRICS_BEARER_TOKEN is set, and the token is missing or wrong.');

const otherHost = problemAnswer('The Host header is no IP address, not localhost, and not in PUBLIC_HOSTS.');

export const metricsPaths = {
  '/metrics': get(
    'metrics',
    'The metrics, for Prometheus',
    {
      200: metrics,
      401: wantsToken,
      503: textAnswer('They were not ready within SCRAPE_TIMEOUT_MS.', 'text/plain; charset=utf-8'),
    },
    {
      security: scraper,
      parameters: [
        {
          name: 'name[]',
          in: 'query',
          description: 'Only these metrics; may be given several times.',
          schema: { type: 'array', items: { type: 'string' } },
          style: 'form',
          explode: true,
        },
      ],
    },
  ),
  '/healthz': get('healthz', 'Whether the primary’s event loop runs', { 200: jsonAnswer('It runs.', 'Health') }),
  '/readyz': get('readyz', 'Whether each configured role has a ready child and Redis answers', {
    200: jsonAnswer('Ready.', 'Readiness'),
    503: jsonAnswer('Not ready, and why.', 'Readiness'),
  }),
  '/': get(
    'statusPage',
    'The status page',
    {
      200: textAnswer('The status as a page, live with JavaScript and complete without.', 'text/html'),
      401: wantsToken,
      421: otherHost,
    },
    { security: reader },
  ),
  '/status': get(
    'status',
    'Children, queue, tenants and configuration, as the page at / shows them',
    { 200: jsonAnswer('As of now.', 'Status'), 401: wantsToken, 421: otherHost },
    { security: reader },
  ),
  '/status/events': get(
    'statusEvents',
    'The status once a second',
    {
      200: textAnswer('Server-sent events named `status`, whose data is the JSON of /status.', 'text/event-stream'),
      401: wantsToken,
      421: otherHost,
      503: problemAnswer('Too many viewers, or the service is stopping.', retryAfter),
    },
    { security: reader },
  ),
  '/desk/{tenant}/tickets/{id}': get(
    'deskTicket',
    'A ticket of the local desk, with its notes',
    {
      200: jsonAnswer('The ticket.', 'LocalTicket'),
      401: wantsToken,
      421: otherHost,
      404: problemAnswer('There is no such ticket, or its job has not ended yet.'),
      503: problemAnswer('Redis cannot be read.'),
    },
    {
      security: reader,
      parameters: [pathParameter('tenant', 'The tenant’s id.'), pathParameter('id', 'The ticket’s id.')],
    },
  ),
  '/queues': get(
    'queuePage',
    'The queue page, which may change jobs',
    {
      200: textAnswer('bull-board, with its own addresses below this one.', 'text/html'),
      401: problemAnswer('The token is missing or wrong.'),
      421: otherHost,
      404: problemAnswer('ADMIN_TOKEN is not set, so there is no queue page.'),
      503: problemAnswer('Redis cannot be read.'),
    },
    { security: [{ adminBearer: [] }, { adminBasic: [] }] },
  ),
  '/openapi.json': get('openapi', 'This document', {
    200: {
      description: 'OpenAPI 3.1.',
      content: { 'application/json': { schema: { type: 'object' } } },
    },
    421: otherHost,
  }),
};
