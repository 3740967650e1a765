import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  answer,
  type DeskProtocol,
  type DeskUnderTest,
  type Found,
  type KeptTicket,
  pageAsked,
  pageOf,
  parseJson,
  reply,
  type Reply,
  retryAfter,
} from './protocol.js';

/** Zammad: notes are articles, listed all at once; its webhook names no event and is signed with HMAC-SHA1. */

const credential = 'zammad-token';

const articleSchema = z.strictObject({
  ticket_id: z.int(),
  body: z.string().min(1),
  content_type: z.literal('text/html'),
  type: z.literal('note'),
  sender: z.literal('Agent'),
  internal: z.boolean(),
});

const failed = (status: number, error: string): Reply => reply(status, { error, error_human: error });

function article(id: string, description: string, isPublic: boolean): object {
  return { id: Number(id), body: description, content_type: 'text/html', internal: !isPublic, type: 'note', cc: null };
}

function add(body: string): Found {
  const given = articleSchema.safeParse(parseJson(body)).data;
  if (given === undefined) return answer(failed(422, "Missing required value for field 'body'!"));
  return {
    kind: 'add',
    ticketId: String(given.ticket_id),
    description: given.body,
    show_to_requester: !given.internal,
    added: ({ id, description, show_to_requester }) => reply(201, article(id, description, show_to_requester)),
  };
}

/** By id, a hundred at most; without `expand` a state is a number. A ticket that was deleted is gone. */
function tickets(all: readonly KeptTicket[], url: URL): Reply {
  const { page, size } = pageAsked(url, 100);
  const there = all.filter(({ state }) => state !== 'deleted');
  const { rows } = pageOf(there, page, size);
  const isExpanded = url.searchParams.get('expand') === 'true';
  const listed = rows.map(({ id, subject, state, changedAt }) => ({
    id: Number(id),
    number: `10${id}`,
    title: subject,
    ...(isExpanded ? { state: state === 'open' ? 'open' : 'closed' } : { state_id: state === 'open' ? 2 : 4 }),
    close_at: state === 'open' ? null : changedAt,
    last_close_at: null,
    updated_at: changedAt,
  }));
  return reply(200, listed);
}

function keptArticles({ id, description, comments }: KeptTicket, isExpanded: boolean): readonly object[] {
  const all = [{ text: description, by: 'requester', isPublic: true } as const, ...comments];
  const listed = all.map(({ text, by, isPublic = true }, i) => ({
    ...article(`${id}${String(i).padStart(3, '0')}`, text, isPublic),
    ...(isExpanded ? { sender: by === 'staff' ? 'Agent' : 'Customer' } : { sender_id: 1 }),
  }));
  // Not in the order of their ids: nothing says that they are.
  return listed.toReversed();
}

const protocol: DeskProtocol = {
  refuse({ headers }, expected) {
    if (headers.authorization === `Token token=${expected}`) return undefined;
    return failed(401, 'Invalid or expired token');
  },
  find({ method, url, body }) {
    if (url.pathname === '/api/v1/users/me') {
      return answer(reply(200, { id: 3, login: 'enhancer', active: true }));
    }
    if (url.pathname === '/api/v1/tickets') return { kind: 'tickets', reply: (all) => tickets(all, url) };
    if (url.pathname === '/api/v1/ticket_articles' && method === 'POST') return add(body);
    const [, ticketId] = /^\/api\/v1\/ticket_articles\/by_ticket\/(\d+)$/.exec(url.pathname) ?? [];
    if (ticketId === undefined) return undefined;
    return {
      kind: 'list',
      ticketId,
      reply: (all, kept) => {
        const own = all.map(({ id, description, show_to_requester }) => article(id, description, show_to_requester));
        return reply(200, kept === undefined ? own : keptArticles(kept, url.searchParams.get('expand') === 'true'));
      },
    };
  },
  noSuchTicket: () => failed(404, "Couldn't find Ticket with 'id'=42"),
  // A user who is no administrator gets the number of a line in Zammad's log instead of the reason.
  failure: (status) => reply(status, { error: 'Error ID iNqd6J9e: Please contact your administrator.' }),
  throttled: ({ retryAfterSeconds }) => reply(429, { error: 'Too many requests' }, retryAfter(retryAfterSeconds)),
};

/** @param delivery the same for each repetition */
export function zammadHeaders(body: string, secret: string, delivery: string = randomUUID()): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Zammad User Agent',
    'x-zammad-trigger': 'Enhance new tickets',
    'x-zammad-delivery': delivery,
    'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
  };
}

export const zammadDesk: DeskUnderTest = {
  type: 'zammad',
  protocol,
  credential,
  sign: zammadHeaders,
  created: ({ id, subject, description }) => ({
    ticket: {
      id: Number(id),
      number: `10${id}`,
      title: subject,
      state: 'open',
      priority: { id: 3, name: '3 high' },
      created_at: '2026-11-23T10:00:00.282Z',
      close_at: null,
      article_count: 1,
      article_ids: [104],
    },
    article: { id: 104, body: description, content_type: 'text/html', internal: false, sender: 'Customer' },
  }),
  resolved: ({ id, subject, resolution }) => ({
    ticket: {
      id: Number(id),
      title: subject,
      state: 'closed',
      priority: { id: 2, name: '2 normal' },
      created_at: '2026-11-23T10:00:00.282Z',
      close_at: '2026-11-23T11:00:00.000Z',
      article_count: 2,
      article_ids: [104, 109],
    },
    article: { id: 109, body: resolution, content_type: 'text/html', internal: false, sender: 'Agent' },
  }),
};
