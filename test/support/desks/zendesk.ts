import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  answer,
  changedSince,
  createdByTemplate,
  type DeskProtocol,
  type DeskRequest,
  type DeskUnderTest,
  type Found,
  type KeptTicket,
  parseJson,
  reply,
  type Reply,
  resolvedByTemplate,
  retryAfter,
} from './protocol.js';

/** Zendesk Support: comments are added by updating the ticket, pages have cursors, and every error has another form. */

const credential = 'agent@acme.example/token:zendesk-token';

const updateSchema = z.strictObject({
  ticket: z.strictObject({ comment: z.strictObject({ html_body: z.string().min(1), public: z.boolean() }) }),
});

const notFound = reply(404, { error: 'RecordNotFound', description: 'Not found' });

function update(ticketId: string, { headers, body }: DeskRequest): Found {
  if (!headers['content-type']?.startsWith('application/json')) {
    return answer(reply(415, { error: 'UnsupportedMediaType', description: 'JSON only' }));
  }
  const comment = updateSchema.safeParse(parseJson(body)).data?.ticket.comment;
  if (comment === undefined) {
    return answer(reply(422, { error: 'RecordInvalid', description: 'Record validation errors' }));
  }
  return {
    kind: 'add',
    ticketId,
    description: comment.html_body,
    show_to_requester: comment.public,
    added: ({ id }) => reply(200, { ticket: { id: Number(ticketId) }, audit: { id: Number(id) } }),
  };
}

/** Newest first, as asked; a page begins behind the comment that its cursor names. */
function comments(ticketId: string, { searchParams }: URL): Found {
  const size = Math.min(Number(searchParams.get('page[size]') ?? 100), 100);
  const from = Number(searchParams.get('page[after]') ?? 0);
  return {
    kind: 'list',
    ticketId,
    reply(all, kept) {
      if (kept !== undefined) return keptComments(kept, searchParams);
      const sorted = searchParams.get('sort') === '-created_at' ? all.toReversed() : all;
      const rows = sorted.slice(from, from + size);
      const hasMore = from + rows.length < all.length;
      return reply(200, {
        comments: rows.map(({ id, description, show_to_requester }) => ({
          id: Number(id),
          type: 'Comment',
          html_body: `<div class="zd-comment" dir="auto">${description}</div>`,
          body: null,
          public: show_to_requester,
        })),
        meta: { has_more: hasMore, after_cursor: hasMore ? String(from + rows.length) : null, before_cursor: null },
        links: { prev: null, next: 'https://elsewhere.example/not-to-be-followed' },
      });
    },
  };
}

const requesterId = 21;
const agentId = 22;

/** Newest first. The description is the first comment. */
function keptComments({ id, description, comments: later }: KeptTicket, asked: URLSearchParams): Reply {
  const all = [{ text: description, by: 'requester', isPublic: true } as const, ...later];
  const listed = all.map(({ text, by, isPublic = true }, i) => ({
    id: Number(`${id}${i}`),
    author_id: by === 'staff' ? agentId : requesterId,
    body: text,
    html_body: `<div class="zd-comment" dir="auto">${text}</div>`,
    public: isPublic,
  }));
  const users = [
    { id: requesterId, role: 'end-user' },
    { id: agentId, role: 'agent' },
  ];
  const isAsked = asked.get('include') === 'users';
  return reply(200, {
    comments: listed.toReversed(),
    ...(isAsked ? { users } : {}),
    meta: { has_more: false, after_cursor: null },
  });
}

const longestPage = 25;
const searchSchema = /^status>=solved updated>=(\d{4}-\d\d-\d\d)$/;

/** By the time at which they were made. A page may have fewer tickets than were asked for; a cursor is not for ever. */
function exported(all: readonly KeptTicket[], { searchParams }: URL): Reply {
  const [, day] = searchSchema.exec(searchParams.get('query') ?? '') ?? [];
  if (day === undefined || searchParams.get('filter[type]') !== 'ticket') {
    return reply(422, { error: 'invalid', description: 'Invalid search: type must be a filter' });
  }
  const cursor = searchParams.get('page[after]');
  const from = cursor === null ? 0 : Number(Buffer.from(cursor, 'base64').toString());
  if (Number.isNaN(from)) return reply(422, { error: 'InvalidPaginationParameter', description: 'Cursor expired' });
  const size = Math.min(Number(searchParams.get('page[size]') ?? 100), longestPage);
  const found = changedSince(all, `${day}T00:00:00Z`).filter(({ state }) => state === 'resolved');
  const end = Math.min(from + size, found.length);
  const results = found.slice(from, end).map(({ id, subject, description, changedAt }) => ({
    id: Number(id),
    url: `https://elsewhere.example/${id}`,
    result_type: 'ticket',
    subject,
    description,
    status: Number(id) % 2 === 0 ? 'solved' : 'closed',
    requester_id: requesterId,
    tags: ['vpn'],
    updated_at: changedAt,
    custom_fields: [{ id: 1, value: null }],
  }));
  const after_cursor = Buffer.from(String(end)).toString('base64');
  return reply(200, {
    results,
    facets: null,
    meta: { has_more: end < found.length, after_cursor },
    links: { prev: null, next: 'https://elsewhere.example/not-to-be-followed' },
  });
}

const codes: ReadonlyMap<number, string> = new Map([
  [404, 'RecordNotFound'],
  [422, 'RecordInvalid'],
]);

const protocol: DeskProtocol = {
  refuse({ headers }, expected) {
    const shown = `Basic ${Buffer.from(expected).toString('base64')}`;
    return headers.authorization === shown ? undefined : reply(401, { error: "Couldn't authenticate you" });
  },
  find(request) {
    const { method, url } = request;
    if (url.pathname === '/api/v2/tickets.json') {
      return answer(reply(200, { tickets: [], meta: { has_more: false }, links: {} }));
    }
    if (url.pathname === '/api/v2/search/export.json') {
      return { kind: 'tickets', reply: (all) => exported(all, url) };
    }
    const [, updated] = /^\/api\/v2\/tickets\/(\d+)\.json$/.exec(url.pathname) ?? [];
    if (updated !== undefined && method === 'PUT') return update(updated, request);
    const [, listed] = /^\/api\/v2\/tickets\/(\d+)\/comments\.json$/.exec(url.pathname) ?? [];
    return listed !== undefined && method === 'GET' ? comments(listed, url) : undefined;
  },
  noSuchTicket: () => notFound,
  failure(status) {
    if (status === 403) return reply(403, { error: { title: 'Forbidden', message: 'You do not have access' } });
    return reply(status, { error: codes.get(status) ?? 'Failed', description: 'It failed' });
  },
  throttled({ retryAfterSeconds }) {
    const headers = { 'x-rate-limit': '700', 'x-rate-limit-remaining': '0', ...retryAfter(retryAfterSeconds) };
    return reply(429, { error: 'APIRateLimitExceeded', description: 'Number of allowed requests exceeded' }, headers);
  },
};

/** @param atMs when it is signed */
export function zendeskHeaders(body: string, secret: string, atMs = Date.now()): Record<string, string> {
  const timestamp = new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    'content-type': 'application/json; charset=utf-8',
    'x-zendesk-account-id': '123456',
    'x-zendesk-webhook-id': '01F1KRFQ6BG29CNWFR60NK5FNY',
    'x-zendesk-webhook-invocation-id': randomUUID(),
    'x-zendesk-webhook-signature': createHmac('sha256', secret).update(timestamp).update(body).digest('base64'),
    'x-zendesk-webhook-signature-timestamp': timestamp,
  };
}

export const zendeskDesk: DeskUnderTest = {
  type: 'zendesk',
  protocol,
  credential,
  sign: zendeskHeaders,
  created: createdByTemplate,
  resolved: resolvedByTemplate,
};
