import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  answer,
  createdByTemplate,
  type DeskProtocol,
  type DeskUnderTest,
  type Found,
  type KeptTicket,
  pageAsked,
  pageOf,
  parseJson,
  reply,
  type Reply,
  resolvedByTemplate,
  retryAfter,
  type StoredNote,
} from './protocol.js';

/**
 * Request Tracker 5, REST 2.0, as the real one of test/desks answers: a comment is a transaction with attachments, whose
 * content is base64 in an answer of its own; totals are null for a user without all rights; refusals come with 400.
 */

const credential = '1-31-rt-token';

const commentSchema = z.strictObject({ Content: z.string().min(1), ContentType: z.literal('text/html') });

const failed = (status: number, message: string, headers = {}): Reply => reply(status, { message }, headers);

/** A page of a collection, of which no more is said than how many there are on it. */
function collection(rows: readonly object[], url: URL): Reply {
  const { page, size } = pageAsked(url, 20);
  const sorted = url.searchParams.get('order') === 'DESC' ? rows.toReversed() : rows;
  const items = pageOf(sorted, page, size).rows;
  return reply(200, { count: items.length, total: null, pages: null, per_page: size, page, items });
}

interface Part {
  readonly id: string;
  readonly transactionId: string;
  readonly type: string;
  readonly content: string;
  readonly filename?: string;
}

/** An id begins with that of its ticket. */
const idOf = (ticketId: string, n: number): string => `${ticketId}${String(n).padStart(7, '0')}`;
const ticketOf = (id: string): string => id.slice(0, -7);
const firstOfNotes = 5_000_000;

/** The ticket's first message and its comments, each a transaction with its parts, and what a test has added. */
function partsOf(ticketId: string, notes: readonly StoredNote[], kept: KeptTicket | undefined): readonly Part[] {
  const texts = [kept?.description ?? 'VPN drops.', ...(kept?.comments ?? []).map(({ text }) => text)];
  const ofTexts = texts.flatMap((content, i): Part[] => {
    const transactionId = idOf(ticketId, i);
    const type = content.startsWith('<') ? 'text/html' : 'text/plain';
    return [
      {
        id: idOf(ticketId, 2 * i),
        transactionId,
        type: 'text/plain',
        content: 'a file, no words',
        filename: 'log.txt',
      },
      { id: idOf(ticketId, 2 * i + 1), transactionId, type, content },
    ];
  });
  const ofNotes = notes.map(({ id, description }): Part => {
    const own = idOf(ticketId, firstOfNotes + Number(id));
    return { id: own, transactionId: own, type: 'text/html', content: description };
  });
  return [...ofTexts, ...ofNotes];
}

function attachments(parts: readonly Part[], url: URL): Reply {
  const rows = parts.map(({ id, transactionId, type, filename = '', content }) => ({
    id,
    type: 'attachment',
    _url: 'https://elsewhere.example/not-to-be-followed',
    TransactionId: transactionId,
    ContentType: type,
    Filename: filename,
    Headers: `Content-Type: ${type}\nContent-Length: ${Buffer.byteLength(content)}`,
  }));
  return collection(rows, url);
}

/** With what happens to a ticket besides its comments. */
function history(ticketId: string, { comments }: KeptTicket, url: URL): Reply {
  const asked = (url.searchParams.get('fields') ?? '').split(',');
  const transaction = (i: number, type: string, by: string, atMinute: number): object => {
    const fields = {
      Type: type,
      Creator: { type: 'user', id: by, _url: 'https://elsewhere.example/not-to-be-followed' },
      NewValue: type === 'Status' ? 'resolved' : '',
      Created: new Date(Date.UTC(2026, 2, 1, 0, atMinute)).toISOString().replace('.000Z', 'Z'),
    };
    return {
      id: idOf(ticketId, i),
      ...Object.fromEntries(Object.entries(fields).filter(([name]) => asked.includes(name))),
    };
  };
  const last = comments.length + 1;
  const said = comments.map(({ by, isPublic = true, isWithResolving = false }, i) =>
    transaction(
      i + 1,
      isPublic ? 'Correspond' : 'Comment',
      by === 'staff' ? 'agent' : 'kim',
      isWithResolving ? last : i + 1,
    ),
  );
  const all = [transaction(0, 'Create', 'kim', 0), ...said, transaction(last, 'Status', 'agent', last)];
  return collection(all, url);
}

const querySchema = /^Status = 'resolved' AND Resolved > '(\d{4}-\d\d-\d\d) (\d\d:\d\d)' AND id > (\d+)$/;

function tickets(all: readonly KeptTicket[], url: URL): Reply {
  const [, day, minute, after] = querySchema.exec(url.searchParams.get('query') ?? '') ?? [];
  if (day === undefined) return failed(400, 'Unable to parse query');
  const isFound = ({ id, state, changedAt }: KeptTicket): boolean =>
    state === 'resolved' && Number(id) > Number(after) && Date.parse(changedAt) > Date.parse(`${day}T${minute}:00Z`);
  const rows = all.filter(isFound).map(({ id, subject, changedAt }) => ({
    id,
    type: 'ticket',
    Subject: subject,
    Resolved: changedAt,
    Queue: { type: 'queue', id: '1', Name: 'General' },
    Requestor: [{ type: 'user', id: 'kim' }],
  }));
  return collection(rows, url);
}

function comment(ticketId: string, body: string): Found {
  const posted = commentSchema.safeParse(parseJson(body)).data;
  if (posted === undefined) return answer(failed(400, 'Could not parse the JSON'));
  return {
    kind: 'add',
    ticketId,
    description: posted.Content,
    // A correspondence would be another address.
    show_to_requester: false,
    added: () => reply(201, ['Comments added']),
  };
}

const protocol: DeskProtocol = {
  refuse({ headers }, expected) {
    return headers.authorization === `token ${expected}` ? undefined : failed(401, 'Unauthorized');
  },
  find({ method, url, body }) {
    const path = url.pathname.replace(/^\/REST\/2\.0/, '');
    if (path === '/rt') return answer(reply(200, { Version: '5.0.3' }));
    if (path === '/tickets') return { kind: 'tickets', reply: (all) => tickets(all, url) };
    const [, ticketId = '', part] = /^\/ticket\/(\d+)\/(comment|attachments|history)$/.exec(path) ?? [];
    const [, attachment] = /^\/attachment\/(\d+)$/.exec(path) ?? [];
    if (part === 'comment') return method === 'POST' ? comment(ticketId, body) : undefined;
    if (part === 'attachments') {
      return { kind: 'list', ticketId, reply: (notes, kept) => attachments(partsOf(ticketId, notes, kept), url) };
    }
    if (part === 'history') {
      const noSuch = failed(404, 'Not Found');
      return { kind: 'list', ticketId, reply: (_notes, kept) => (kept ? history(ticketId, kept, url) : noSuch) };
    }
    if (attachment === undefined) return undefined;
    const owner = ticketOf(attachment);
    return {
      kind: 'list',
      ticketId: owner,
      reply(notes, kept) {
        const one = partsOf(owner, notes, kept).find(({ id }) => id === attachment);
        if (one === undefined) return failed(404, 'Not Found');
        const lines = Buffer.from(one.content).toString('base64').replaceAll(/.{76}/g, '$&\n');
        return reply(200, { id: attachment, Content: `${lines}\n` });
      },
    };
  },
  noSuchTicket: () => failed(404, 'Not Found'),
  failure: (status) => failed(status, status === 403 ? 'Permission Denied' : 'It failed'),
  throttled: ({ retryAfterSeconds }) => failed(429, 'Too Many Requests', retryAfter(retryAfterSeconds)),
};

/** As the scrip of deploy/request-tracker signs. The same id for each attempt to send an event. */
function headersOf(body: string, secret: string): Record<string, string> {
  const [id, timestamp] = [`rt.test:transaction:${randomUUID()}`, String(Math.floor(Date.now() / 1000))];
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

export const requestTrackerDesk: DeskUnderTest = {
  type: 'request-tracker',
  protocol,
  credential,
  sign: headersOf,
  created: (ticket) => ({ ...createdByTemplate(ticket), ticket_id: Number(ticket.id) }),
  resolved: (ticket) => ({ ...resolvedByTemplate(ticket), ticket_id: Number(ticket.id), tags: ['General'] }),
};
