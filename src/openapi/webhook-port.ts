import { problemKinds } from '../api/problem.js';
import type { Problem } from '../http/problem.js';
import type { RejectionReason } from '../telemetry/metrics.js';
import { reference } from './components.js';
import { type Answer, header, jsonAnswer, problemAnswer, retryAfter } from './operation.js';

const correlation = {
  'X-Correlation-Id': header('The request’s own if it was a UUID, else a new one.', { type: 'string', format: 'uuid' }),
};

const parameters = [
  {
    name: 'X-Correlation-Id',
    in: 'header',
    description: 'A UUID that goes with the ticket through queue, logs, exemplars and the note.',
    schema: { type: 'string', format: 'uuid' },
  },
  {
    name: 'webhook-id',
    in: 'header',
    description: 'Standard Webhooks: names the delivery. A repetition with the same id makes no second job.',
    schema: { type: 'string', minLength: 1, maxLength: 256 },
  },
  {
    name: 'webhook-timestamp',
    in: 'header',
    description: 'Standard Webhooks: seconds since 1970, at most 300 s from now.',
    schema: { type: 'string', pattern: '^\\d{1,15}$' },
  },
  {
    name: 'traceparent',
    in: 'header',
    description: 'W3C Trace Context: the trace to continue (docs/tracing.md).',
    schema: { type: 'string' },
  },
];

/** Alternatives, as the tenant is configured. */
const security = [{ standardWebhooks: [] }, { servicedeskSignature: [] }, { staticToken: [] }];

export const webhookSecuritySchemes = {
  standardWebhooks: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description:
      'https://www.standardwebhooks.com: `v1,<base64 HMAC-SHA256 of "id.timestamp.body">`, several separated by spaces. The three headers may have their `svix-` names.',
  },
  servicedeskSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-ServiceDesk-Signature',
    description:
      '`sha256=<hex HMAC-SHA256 of the body>`, with or without the prefix; the digest may also be in base64.',
  },
  staticToken: {
    type: 'apiKey',
    in: 'header',
    name: 'x-desk-token',
    description: 'Weaker than a signature. The tenant’s configuration names the header; this is the demo tenants’.',
  },
};

/** One for each status of a refused webhook; the example is that of the status' last reason. */
function refusals(): Record<string, Answer> {
  const answers: Record<string, Answer> = {};
  for (const [reason, { status, title, detail }] of Object.entries(problemKinds)) {
    const others = answers[status] === undefined ? '' : `${answers[status].description} Or: `;
    const mayRetry = reason === ('rate_limited' satisfies RejectionReason) || status === 503;
    const example: Problem = { type: 'about:blank', title, status, detail, correlation_id: exampleId };
    answers[status] = problemAnswer(`${others}${detail}`, { ...correlation, ...(mayRetry ? retryAfter : {}) }, example);
  }
  return answers;
}

const exampleId = '3f2b8c1e-5d0a-4c1b-9b67-0d8c5f6a7e21';

const otherwise = { default: problemAnswer('No such address, another method, or no HTTP.', correlation) };

function webhook(operationId: string, summary: string, body: 'TicketCreated' | 'TicketResolved', accepted: Answer) {
  return {
    post: {
      operationId,
      summary,
      tags: ['webhooks'],
      security,
      parameters,
      requestBody: {
        required: true,
        description:
          'At most 1 MiB, nested at most 64 deep, about 10,000 values at most. Fields that are not named are ignored. More forms are read than are described here (docs/tenants.md).',
        content: { 'application/json': { schema: reference(body) } },
      },
      responses: { 202: accepted, ...refusals(), ...otherwise },
    },
  };
}

export const webhookPaths = {
  '/webhook/servicedesk': webhook(
    'ticketCreated',
    'A new ticket, to be enhanced',
    'TicketCreated',
    jsonAnswer('Accepted: the job is durably in the queue.', 'Accepted', correlation),
  ),
  '/webhook/servicedesk/resolved-ticket': webhook(
    'ticketResolved',
    'A solved ticket, for later ones to be compared with',
    'TicketResolved',
    jsonAnswer('Accepted: it is in the tenant’s history.', 'ResolvedAccepted', correlation),
  ),
  '/health': {
    get: {
      operationId: 'health',
      summary: 'Whether this child serves',
      tags: ['webhooks'],
      security: [],
      responses: { 200: jsonAnswer('It serves.', 'Health', correlation), ...otherwise },
    },
  },
};
