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
  pageAsked,
  pageOf,
  parseJson,
  type Reply,
  resolvedByTemplate,
  retryAfter,
} from './protocol.js';

/** Freshservice, and Freshdesk, which leaves out the name around what it answers. A missing ticket is a 404 without a body. */

const credential = 'freshservice-key';
const usualSize = 30;

const linkTo = (more: boolean) => (more ? { link: '<https://elsewhere.example/not-to-be-followed>; rel="next"' } : {});

const noteSchema = z.strictObject({ body: z.string().min(1), private: z.boolean() });

function protocolOf(product: 'freshservice' | 'freshdesk'): DeskProtocol {
  const own = { [`x-${product}-api-version`]: 'current=v2; requested=v2', 'x-ratelimit-total': '120' };
  const reply = (status: number, body: object | string, headers = {}): Reply => ({
    status,
    body,
    headers: { ...own, ...headers },
  });
  const wrapped = (name: string, value: object): object => (product === 'freshdesk' ? value : { [name]: value });
  const conversation = (id: string, description: string, isPublic: boolean): object => ({
    id: Number(id),
    body: `<div style="font-size: 14px;">${description}</div>`,
    body_text: null,
    private: !isPublic,
    incoming: false,
  });

  /** Without `updated_since` the last thirty days; deleted tickets are in a list of their own. Freshdesk ends at page 300. */
  function tickets(all: readonly KeptTicket[], url: URL): Reply {
    const { searchParams } = url;
    const { page, size } = pageAsked(url, usualSize);
    if (page > 300) {
      const errors = [{ field: 'page', message: 'It should be a number less than 301', code: 'invalid_value' }];
      return reply(400, { description: 'Validation failed', errors });
    }
    const since = searchParams.get('updated_since') ?? new Date(Date.now() - 30 * 24 * 3600 * 1000).toISOString();
    const changed = changedSince(all, since).filter(({ state }) => state !== 'deleted');
    const sorted = searchParams.get('order_type') === 'asc' ? changed : changed.toReversed();
    const { rows, more } = pageOf(sorted, page, size);
    const withStats = searchParams.get('include') === 'stats';
    const listed = rows.map(({ id, subject, description, state, changedAt }) => ({
      id: Number(id),
      subject,
      ...(product === 'freshservice' ? { description, description_text: description } : {}),
      status: state === 'open' ? 2 : Number(id) % 2 === 0 ? 4 : 5,
      tags: ['vpn'],
      updated_at: changedAt,
      ...(withStats ? { stats: { resolved_at: state === 'open' ? null : changedAt, closed_at: null } } : {}),
    }));
    return reply(200, wrapped('tickets', listed), linkTo(more));
  }

  function keptConversations({ comments }: KeptTicket, url: URL): readonly object[] {
    const { page, size } = pageAsked(url, usualSize);
    return pageOf(comments, page, size).rows.map(({ text, by, isPublic = true }, i) => ({
      id: i + 1,
      body: `<div>${text}</div>`,
      body_text: text,
      incoming: by === 'requester',
      private: !isPublic,
    }));
  }

  function add(ticketId: string, { headers, body }: DeskRequest): Found {
    if (headers['content-type'] !== 'application/json') {
      return answer(reply(415, { code: 'invalid_content_type', message: 'Content-Type is not supported' }));
    }
    const note = noteSchema.safeParse(parseJson(body)).data;
    if (note === undefined) {
      const errors = [{ field: 'body', message: 'It should be a/an String', code: 'missing_field' }];
      return answer(reply(400, { description: 'Validation failed', errors }));
    }
    return {
      kind: 'add',
      ticketId,
      description: note.body,
      show_to_requester: !note.private,
      added: ({ id, description, show_to_requester }) =>
        reply(201, wrapped('conversation', conversation(id, description, show_to_requester))),
    };
  }

  return {
    refuse({ headers }, expected) {
      const shown = `Basic ${Buffer.from(`${expected}:X`).toString('base64')}`;
      if (headers.authorization === shown) return undefined;
      return reply(401, { code: 'invalid_credentials', message: 'You have to be logged in to perform this action.' });
    },
    find(request) {
      const { method, url } = request;
      if (url.pathname === '/api/v2/tickets') return { kind: 'tickets', reply: (all) => tickets(all, url) };
      const [, viewed] = /^\/api\/v2\/tickets\/(\d+)$/.exec(url.pathname) ?? [];
      if (viewed !== undefined) {
        return {
          kind: 'list',
          ticketId: viewed,
          reply: (_notes, kept) =>
            reply(200, wrapped('ticket', { id: Number(viewed), description: kept?.description })),
        };
      }
      const [, noted] = /^\/api\/v2\/tickets\/(\d+)\/notes$/.exec(url.pathname) ?? [];
      if (noted !== undefined && method === 'POST') return add(noted, request);
      const [, ticketId] = /^\/api\/v2\/tickets\/(\d+)\/conversations$/.exec(url.pathname) ?? [];
      if (ticketId === undefined) return undefined;
      const { page, size } = pageAsked(url, usualSize);
      return {
        kind: 'list',
        ticketId,
        reply(all, kept) {
          if (kept !== undefined) return reply(200, wrapped('conversations', keptConversations(kept, url)));
          const { rows, more } = pageOf(all, page, size);
          const listed = rows.map(({ id, description, show_to_requester }) =>
            conversation(id, description, show_to_requester),
          );
          return reply(200, wrapped('conversations', listed), linkTo(more));
        },
      };
    },
    noSuchTicket: () => reply(404, ''),
    failure: (status) =>
      status === 404 ? reply(404, '') : reply(status, { code: 'access_denied', message: 'It failed' }),
    throttled: ({ retryAfterSeconds }) =>
      reply(
        429,
        { message: 'You have exceeded the limit of requests per hour' },
        {
          'x-ratelimit-remaining': '0',
          ...retryAfter(retryAfterSeconds),
        },
      ),
  };
}

function deskOf(product: 'freshservice' | 'freshdesk'): DeskUnderTest {
  return {
    type: 'freshservice',
    protocol: protocolOf(product),
    credential,
    sign: (_body, secret) => ({ 'content-type': 'application/json', 'x-desk-token': secret }),
    created: (ticket) => ({
      ...createdByTemplate(ticket),
      ticket_id: product === 'freshservice' ? `INC-${ticket.id}` : ticket.id,
      description: `<div>${ticket.description}</div>`,
      priority: 'Urgent',
    }),
    resolved: (ticket) => ({ ...resolvedByTemplate(ticket), tags: 'vpn, network' }),
  };
}

export const freshserviceDesk = deskOf('freshservice');
export const freshdeskDesk = deskOf('freshdesk');
