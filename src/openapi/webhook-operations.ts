import { type DeskSignature, type DeskWithWebhook, desksWithWebhook } from '../connectors/desks/index.js';
import { problemKinds } from '../api/rejection.js';
import type { Problem } from '../http/problem.js';
import type { RejectionReason } from '../telemetry/catalog.js';
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

const ownSecuritySchemes = {
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

interface WebhookOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly body: object;
  readonly accepted: Answer;
  readonly security?: readonly object[];
  readonly parameters?: readonly object[];
}

function webhook({ operationId, summary, body, accepted, ...rest }: WebhookOperation) {
  return {
    post: {
      operationId,
      summary,
      tags: ['webhooks'],
      security: rest.security ?? security,
      parameters: rest.parameters ?? parameters,
      requestBody: {
        required: true,
        description:
          'At most 1 MiB, nested at most 64 deep, about 10,000 values at most. Fields that are not named are ignored. More forms are read than are described here (docs/tenants.md).',
        content: { 'application/json': { schema: body } },
      },
      responses: { 202: accepted, ...refusals(), ...otherwise },
    },
  };
}

function anyOfAnswers(description: string, names: readonly ('Accepted' | 'ResolvedAccepted' | 'Ignored')[]): Answer {
  const schema = { anyOf: names.map((name) => reference(name)) };
  return { description, headers: correlation, content: { 'application/json': { schema } } };
}

const tenantParameter = {
  name: 'tenant',
  in: 'path',
  required: true,
  description: 'The tenant’s id.',
  schema: { type: 'string' },
};

/** Its body and signature are the desk's. */
function deskWebhook({ type, webhook: { signatures } }: DeskWithWebhook) {
  const own = signatures.map((_signature, i) => ({ [schemeName(type, i)]: [] }));
  return webhook({
    operationId: type.replaceAll(/-(.)/g, (_match, letter: string) => letter.toUpperCase()),
    summary: `An event of ${type}: a new ticket, a resolved one, or another that is ignored`,
    body: { type: 'object', description: `As ${type} sends it (docs/desks).` },
    accepted: anyOfAnswers('Accepted: the job is in the queue, the ticket in the history, or nothing is to be done.', [
      'Accepted',
      'ResolvedAccepted',
      'Ignored',
    ]),
    security: [...own, ...security],
    parameters: [tenantParameter, ...parameters],
  });
}

function schemeName(type: string, index: number): string {
  return `${type}${index === 0 ? '' : `-${index + 1}`}`;
}

const deskSecuritySchemes = Object.fromEntries(
  desksWithWebhook.flatMap(({ type, webhook: { signatures } }) =>
    signatures.map((signature, i) => [
      schemeName(type, i),
      {
        type: 'apiKey',
        in: 'header',
        name: signature.scheme === 'standard-webhooks' ? 'webhook-signature' : signature.header,
        description: inWords(signature),
      },
    ]),
  ),
);

function inWords(signature: DeskSignature): string {
  switch (signature.scheme) {
    case 'hmac': {
      const { prefix = '', encoding, algorithm, timestampHeader } = signature;
      const content = timestampHeader === undefined ? 'the body' : `${timestampHeader} and the body`;
      return `\`${prefix}<${encoding} HMAC-${algorithm.toUpperCase()} of ${content}>\`, with a secret of desk_signature.`;
    }
    case 'standard-webhooks':
      return 'Standard Webhooks, with a secret of desk_signature.';
    case 'token':
      return 'A secret of desk_signature. Weaker than a signature.';
  }
}

export const webhookPaths = {
  '/webhook/servicedesk': webhook({
    operationId: 'ticketCreated',
    summary: 'A new ticket, to be enhanced',
    body: reference('TicketCreated'),
    accepted: anyOfAnswers(
      'Accepted: the job is durably in the queue; or it is a note of this service, and nothing is to be done.',
      ['Accepted', 'Ignored'],
    ),
  }),
  '/webhook/servicedesk/resolved-ticket': webhook({
    operationId: 'ticketResolved',
    summary: 'A solved ticket, for later ones to be compared with',
    body: reference('TicketResolved'),
    accepted: jsonAnswer('Accepted: it is in the tenant’s history.', 'ResolvedAccepted', correlation),
  }),
  ...Object.fromEntries(desksWithWebhook.map((desk) => [`/webhook/${desk.type}/{tenant}`, deskWebhook(desk)])),
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

export const webhookSecuritySchemes = { ...ownSecuritySchemes, ...deskSecuritySchemes };
