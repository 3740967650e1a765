import { z } from 'zod';
import {
  type DeskProtocol,
  type DeskRequest,
  type DeskUnderTest,
  type Found,
  pageOf,
  parseJson,
  type Reply,
  retryAfter,
} from './protocol.js';

/** Freshservice, and Freshdesk, which leaves out the name around what it answers. A missing ticket is a 404 without a body. */

const credential = 'freshservice-key';

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

  function add(ticketId: string, { headers, body }: DeskRequest): Found {
    if (headers['content-type'] !== 'application/json') {
      return {
        kind: 'reply',
        reply: reply(415, { code: 'invalid_content_type', message: 'Content-Type is not supported' }),
      };
    }
    const note = noteSchema.safeParse(parseJson(body)).data;
    if (note === undefined) {
      const errors = [{ field: 'body', message: 'It should be a/an String', code: 'missing_field' }];
      return { kind: 'reply', reply: reply(400, { description: 'Validation failed', errors }) };
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
      if (url.pathname === '/api/v2/tickets') return { kind: 'reply', reply: reply(200, wrapped('tickets', [])) };
      const [, noted] = /^\/api\/v2\/tickets\/(\d+)\/notes$/.exec(url.pathname) ?? [];
      if (noted !== undefined && method === 'POST') return add(noted, request);
      const [, ticketId] = /^\/api\/v2\/tickets\/(\d+)\/conversations$/.exec(url.pathname) ?? [];
      if (ticketId === undefined) return undefined;
      const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), 100);
      return {
        kind: 'list',
        ticketId,
        reply(all) {
          const { rows, more } = pageOf(all, Number(url.searchParams.get('page') ?? 1), size);
          const link = more ? { link: '<https://elsewhere.example/not-to-be-followed>; rel="next"' } : {};
          const listed = rows.map(({ id, description, show_to_requester }) =>
            conversation(id, description, show_to_requester),
          );
          return reply(200, wrapped('conversations', listed), link);
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
    created: ({ id, subject, description }) => ({
      event: 'ticket_created',
      ticket_id: product === 'freshservice' ? `INC-${id}` : id,
      subject,
      description: `<div>${description}</div>`,
      priority: 'Urgent',
      created_at: '2026-11-23T10:00:00Z',
    }),
    resolved: ({ id, subject, description, resolution }) => ({
      event: 'ticket_resolved',
      ticket_id: id,
      subject,
      description,
      resolution,
      resolved_at: '2026-11-23T11:00:00Z',
      tags: 'vpn, network',
    }),
  };
}

export const freshserviceDesk = deskOf('freshservice');
export const freshdeskDesk = deskOf('freshdesk');
