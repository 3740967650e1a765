import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  answer,
  changedSince,
  type DeskProtocol,
  type DeskRequest,
  type DeskUnderTest,
  type Found,
  type KeptTicket,
  parseJson,
  reply,
  type Reply,
  retryAfter,
  type SentTicket,
} from './protocol.js';

/**
 * Jira Service Management: comments of a customer request as wiki text, pages of 50, two forms of errors. Issues whose key begins with
 * TASK have no request type.
 */

const credential = 'agent@acme.example:jira-token';

const commentSchema = z.strictObject({ body: z.string().min(1), public: z.boolean() });

const error = (status: number, errorMessage: string, headers = {}): Reply =>
  reply(status, { errorMessage, i18nErrorMessage: { i18nKey: 'sd.error', parameters: [] } }, headers);

function add(ticketId: string, { headers, body }: DeskRequest): Found {
  // Data Center's protection against forged requests.
  if (headers['x-atlassian-token'] !== 'no-check' || !headers['content-type']?.startsWith('application/json')) {
    return answer(reply(403, 'XSRF check failed', { 'content-type': 'text/html' }));
  }
  const comment = commentSchema.safeParse(parseJson(body)).data;
  if (comment === undefined) return answer(error(400, 'Comment body can not be empty!'));
  return {
    kind: 'add',
    ticketId,
    description: comment.body,
    show_to_requester: comment.public,
    added: ({ id, description, show_to_requester }) =>
      reply(201, { id, body: description, public: show_to_requester, author: {}, created: {}, _links: {} }),
  };
}

const noRequest = /^TASK-/;
const originMissing = reply(404, {
  errorMessage: "Either you don't have access to this request type, or it doesn't exist.",
  i18nErrorMessage: { i18nKey: 'sd.customerview.error.vpOriginMissing', parameters: [] },
});

const issueCommentSchema = z.strictObject({
  body: z.string().min(1),
  properties: z.tuple([
    z.strictObject({ key: z.literal('sd.public.comment'), value: z.strictObject({ internal: z.boolean() }) }),
  ]),
});

function addToIssue(ticketId: string, { body }: DeskRequest): Found {
  const comment = issueCommentSchema.safeParse(parseJson(body)).data;
  if (comment === undefined) return answer(reply(400, { errorMessages: [], errors: { comment: 'It is invalid.' } }));
  return {
    kind: 'add',
    ticketId,
    description: comment.body,
    show_to_requester: !comment.properties[0].value.internal,
    added: ({ id, description }) => reply(201, { id, body: description, author: {}, jsdPublic: false }),
  };
}

function issueComments(ticketId: string, { searchParams }: URL): Found {
  const startAt = Number(searchParams.get('startAt') ?? 0);
  const maxResults = Math.min(Number(searchParams.get('maxResults') ?? 50), 50);
  return {
    kind: 'list',
    ticketId,
    reply(all) {
      const newestFirst = searchParams.get('orderBy') === '-created' ? all.toReversed() : all;
      const rows = newestFirst.slice(startAt, startAt + maxResults);
      const listed = rows.map(({ id, description }) => ({ id, body: description }));
      return reply(200, { startAt, maxResults, total: all.length, comments: listed });
    },
  };
}

function comments(ticketId: string, { searchParams }: URL): Found {
  const start = Number(searchParams.get('start') ?? 0);
  const limit = Math.min(Number(searchParams.get('limit') ?? 50), 50);
  const isShown = (isPublic: boolean): boolean => searchParams.get(isPublic ? 'public' : 'internal') !== 'false';
  return {
    kind: 'list',
    ticketId,
    reply(all) {
      const shown = all.filter(({ show_to_requester }) => isShown(show_to_requester));
      const rows = shown.slice(start, start + limit);
      return reply(200, {
        _expands: [],
        size: rows.length,
        start,
        limit,
        isLastPage: start + rows.length >= shown.length,
        _links: { next: 'https://elsewhere.example/not-to-be-followed' },
        values: rows.map(({ id, description, show_to_requester }) => ({
          id,
          body: description,
          public: show_to_requester,
        })),
      });
    },
  };
}

const reporter = { accountId: 'reporter', displayName: 'Kim' };
const agent = { accountId: 'agent', displayName: 'Agent' };

/** Issues of service projects alone, each with the fields that were asked for. */
function found(all: readonly KeptTicket[], { searchParams }: URL): readonly object[] | undefined {
  const jql = /^projectType = service_desk AND updated >= "(\d{4}-\d\d-\d\d) (\d\d:\d\d)" ORDER BY created ASC$/;
  const [, day, minute] = jql.exec(searchParams.get('jql') ?? '') ?? [];
  if (day === undefined) return undefined;
  const asked = (searchParams.get('fields') ?? '').split(',');
  return changedSince(all, `${day}T${minute}:00Z`)
    .filter(({ state }) => state !== 'deleted')
    .map(({ id, subject, description, state, changedAt }) => {
      const time = changedAt.replace('Z', '.000+0000');
      const fields = {
        summary: subject,
        description,
        labels: ['vpn'],
        reporter,
        updated: time,
        resolution:
          state === 'resolved' ? { name: 'Done', description: 'Work has been completed on this issue.' } : null,
        resolutiondate: state === 'resolved' ? time : null,
      };
      return {
        id: `1${id}`,
        key: id,
        fields: Object.fromEntries(Object.entries(fields).filter(([name]) => asked.includes(name))),
      };
    });
}

/** Cloud: a token leads to the next page, and the last page has none. Pages are shorter than asked for. */
function cloudSearch(all: readonly KeptTicket[], url: URL): Reply {
  const issues = found(all, url);
  if (issues === undefined) return invalidQuery;
  const token = url.searchParams.get('nextPageToken');
  const from = token === null ? 0 : Number(token.slice('token-'.length));
  const end = from + Math.min(Number(url.searchParams.get('maxResults') ?? 50), 40);
  const isLast = end >= issues.length;
  return reply(200, { issues: issues.slice(from, end), ...(isLast ? { isLast } : { nextPageToken: `token-${end}` }) });
}

function serverSearch(all: readonly KeptTicket[], url: URL): Reply {
  const issues = found(all, url);
  if (issues === undefined) return invalidQuery;
  const startAt = Number(url.searchParams.get('startAt') ?? 0);
  const maxResults = Math.min(Number(url.searchParams.get('maxResults') ?? 50), 50);
  const page = issues.slice(startAt, startAt + maxResults);
  return reply(200, { expand: 'schema,names', startAt, maxResults, total: issues.length, issues: page });
}

const invalidQuery = reply(400, { errorMessages: ['Error in the JQL Query: Expecting operator.'], errors: {} });

/**
 * Oldest first, whatever order was asked for, as older releases do. Data Center has a property where Cloud has a field, and gives it
 * to those who ask for it.
 */
function keptComments({ comments }: KeptTicket, { searchParams }: URL, isCloud: boolean): Reply {
  const visibility = (isPublic: boolean): object => {
    if (isCloud) return { jsdPublic: isPublic };
    if (searchParams.get('expand') !== 'properties') return {};
    return { properties: [{ key: 'sd.public.comment', value: { internal: !isPublic } }] };
  };
  const listed = comments.map(({ text, by, isPublic = true }, i) => ({
    id: String(i),
    author: by === 'staff' ? agent : reporter,
    body: text,
    created: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString().replace('Z', '+0000'),
    ...visibility(isPublic),
  }));
  return reply(200, { startAt: 0, maxResults: 100, total: listed.length, comments: listed });
}

function protocolOf(deploymentType: 'Cloud' | 'Server'): DeskProtocol {
  return { ...protocol, find: (request) => findResolved(request, deploymentType) ?? protocol.find(request) };
}

/** Cloud has taken its old search away; Data Center has never had the new one. */
function findResolved({ url }: DeskRequest, deploymentType: 'Cloud' | 'Server'): Found | undefined {
  const isCloud = deploymentType === 'Cloud';
  switch (url.pathname) {
    case '/rest/api/2/serverInfo':
      return answer(reply(200, { baseUrl: 'https://elsewhere.example', deploymentType }));
    case '/rest/api/2/search/jql':
      return isCloud ? { kind: 'tickets', reply: (all) => cloudSearch(all, url) } : undefined;
    case '/rest/api/2/search': {
      const removed = { errorMessages: ['The requested API has been removed.'], errors: {} };
      return isCloud ? answer(reply(410, removed)) : { kind: 'tickets', reply: (all) => serverSearch(all, url) };
    }
  }
  const [, key] = /^\/rest\/api\/2\/issue\/([^/]+)\/comment$/.exec(url.pathname) ?? [];
  if (key === undefined || noRequest.test(key)) return undefined;
  return {
    kind: 'list',
    ticketId: key,
    reply: (_notes, kept) =>
      kept === undefined
        ? reply(404, { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} })
        : keptComments(kept, url, deploymentType === 'Cloud'),
  };
}

const protocol: DeskProtocol = {
  refuse({ headers }, expected) {
    const shown = expected.includes(':') ? `Basic ${Buffer.from(expected).toString('base64')}` : `Bearer ${expected}`;
    if (headers.authorization === shown) return undefined;
    return reply(401, { message: 'Client must be authenticated to access this resource.', 'status-code': 401 });
  },
  find(request) {
    const { method, url } = request;
    if (url.pathname === '/rest/api/2/myself') {
      return answer(reply(200, { accountId: '5b10', displayName: 'Agent', active: true }));
    }
    const [, issue] = /^\/rest\/api\/2\/issue\/([^/]+)\/comment$/.exec(url.pathname) ?? [];
    if (issue !== undefined) return method === 'POST' ? addToIssue(issue, request) : issueComments(issue, url);
    const [, key] = /^\/rest\/servicedeskapi\/request\/([^/]+)\/comment$/.exec(url.pathname) ?? [];
    if (key === undefined) return undefined;
    if (noRequest.test(key)) return answer(originMissing);
    return method === 'POST' ? add(key, request) : comments(key, url);
  },
  noSuchTicket: () => error(404, 'The customer request does not exist or you do not have permission to view it.'),
  failure: (status) =>
    status < 500 ? error(status, 'It failed') : reply(status, { errorMessages: ['Internal error'], errors: {} }),
  throttled({ retryAfterSeconds }) {
    const headers = { 'x-ratelimit-nearlimit': 'false', 'ratelimit-reason': 'jira-burst-based' };
    return error(429, 'Rate limit exceeded.', { ...headers, ...retryAfter(retryAfterSeconds) });
  },
};

export function jiraHeaders(body: string, secret: string): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'x-atlassian-webhook-identifier': randomUUID(),
    'x-atlassian-webhook-flow': 'Primary',
    'x-hub-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
}

const issue = ({ id, subject, description }: SentTicket, fields: object = {}): object => ({
  id: '10001',
  key: id,
  fields: {
    summary: subject,
    description,
    priority: { name: 'High', id: '2' },
    created: '2026-11-23T10:00:00.000+0000',
    labels: ['vpn'],
    resolution: null,
    ...fields,
  },
});

/** Cloud. */
export const jiraDesk: DeskUnderTest = {
  type: 'jira',
  protocol: protocolOf('Cloud'),
  credential,
  sign: jiraHeaders,
  created: (ticket) => ({ timestamp: Date.now(), webhookEvent: 'jira:issue_created', issue: issue(ticket) }),
  resolved: (ticket) => ({
    timestamp: Date.now(),
    webhookEvent: 'jira:issue_updated',
    issue_event_type_name: 'issue_resolved',
    issue: issue(ticket, {
      resolution: { id: '10000', name: 'Done', description: 'Work has been completed on this issue.' },
      resolutiondate: '2026-11-23T11:00:00.000+0000',
    }),
    comment: { id: '1', body: ticket.resolution, author: agent, jsdPublic: true },
    changelog: {
      id: '1',
      items: [
        { field: 'status', fieldtype: 'jira', from: '1', to: '5' },
        { field: 'resolution', fieldtype: 'jira', from: null, fromString: null, to: '10000' },
      ],
    },
  }),
};

export const jiraDataCenterDesk: DeskUnderTest = {
  ...jiraDesk,
  protocol: protocolOf('Server'),
  credential: 'personal-access-token',
};
