import { createHmac } from 'node:crypto';
import { z } from 'zod';
import {
  answer,
  changedSince,
  type DeskUnderTest,
  type KeptTicket,
  pageAsked,
  pageOf,
  parseJson,
  reply,
  type Reply,
  resolutionOf,
  retryAfter,
} from './protocol.js';

/** The desk of docs/add-a-desk.md. */

const remarkSchema = z.strictObject({ text: z.string().min(1), internal: z.boolean() });
const pageSize = 50;

function items(all: readonly KeptTicket[], url: URL): Reply {
  const changed = changedSince(all, url.searchParams.get('changed_since')).filter(({ state }) => state !== 'deleted');
  const { page } = pageAsked(url, pageSize);
  const { rows, more } = pageOf(changed, page, pageSize);
  const listed = rows.map((ticket) => {
    const { id, subject, description, state, changedAt } = ticket;
    const answered = state === 'resolved' ? changedAt : null;
    return { id, title: subject, text: description, answer: resolutionOf(ticket) ?? null, answered };
  });
  return reply(200, { items: listed, next: more ? page + 1 : null });
}

export const exampleUnderTest: DeskUnderTest = {
  type: 'example',
  credential: 'example-token',
  protocol: {
    refuse: ({ headers }, expected) =>
      headers.authorization === `Bearer ${expected}` ? undefined : reply(401, { error: 'no_such_token' }),
    find({ method, url, body }) {
      if (url.pathname === '/api/me') return answer(reply(200, { name: 'enhancer' }));
      if (url.pathname === '/api/items') return { kind: 'tickets', reply: (all) => items(all, url) };
      const [, ticketId] = /^\/api\/items\/([^/]+)\/remarks$/.exec(url.pathname) ?? [];
      if (ticketId === undefined) return undefined;
      if (method === 'POST') {
        const { text, internal } = remarkSchema.parse(parseJson(body));
        const added = () => reply(201, { added: true });
        return { kind: 'add', ticketId, description: text, show_to_requester: !internal, added };
      }
      const { page } = pageAsked(url, pageSize);
      return {
        kind: 'list',
        ticketId,
        reply(all) {
          const { rows, more } = pageOf(all, page, pageSize);
          const remarks = rows.length === 0 ? null : rows.map(({ description }) => ({ text: description }));
          return reply(200, { remarks, next: more ? page + 1 : null });
        },
      };
    },
    noSuchTicket: () => reply(404, { error: 'no_such_item' }),
    failure: (status) => reply(status, { error: 'failed' }),
    throttled: ({ retryAfterSeconds }) => reply(429, { error: 'too_many' }, retryAfter(retryAfterSeconds)),
  },
  sign: (body, secret) => ({
    'content-type': 'application/json',
    'x-example-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }),
  created: ({ id, subject, description }) => ({
    action: 'opened',
    item: { id, title: subject, text: description, urgency: 'high', opened: '2026-11-23T10:00:00Z' },
  }),
  resolved: ({ id, subject, description, resolution }) => ({
    action: 'answered',
    item: { id, title: subject, text: description, answer: resolution, answered: '2026-11-23T11:00:00Z' },
  }),
};
