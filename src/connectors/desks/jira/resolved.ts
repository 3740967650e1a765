import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { DeskFields } from '../desk-webhook.js';
import { mostNotes, parseListed } from '../note-pages.js';
import {
  dayBefore,
  firstWords,
  type Get,
  isSince,
  mostTickets,
  type ResolvedTickets,
  toMinutes,
} from '../resolved-tickets.js';
import { commentSchema, isAnswer, personSchema } from './comments.js';
import { plainText, resolutionName } from './webhook.js';

/**
 * Issues of service projects that were updated since a time, in the order of their creation: an update moves no issue out
 * of the list. Sources: developer.atlassian.com, "Issue search" (`/search/jql` with `nextPageToken`, which Cloud has
 * instead of `/search`), "Issue comments", "Server info"; docs.atlassian.com for Data Center (`/search` with `startAt`).
 */

const given = z.unknown().optional();
const issueSchema = z.object({
  key: z.string().max(255),
  fields: z.object({
    summary: given,
    description: given,
    labels: given,
    resolution: given,
    resolutiondate: z.string().nullish().catch(undefined),
    updated: z.string().nullish().catch(undefined),
    reporter: personSchema,
  }),
});
type Issue = z.infer<typeof issueSchema>;

const issues = cutTo(mostTickets, z.array(issueSchema));
const cloudSchema = z.object({
  issues,
  nextPageToken: z.string().max(4096).nullish(),
  isLast: z.boolean().nullish(),
});
const serverSchema = z.object({ issues, startAt: z.int(), total: z.int() });
const infoSchema = z.object({ deploymentType: z.string().nullish() });
const commentsSchema = z.object({
  comments: cutTo(mostNotes, z.array(commentSchema.extend({ created: z.string().nullish().catch(undefined) }))),
});

const fields = 'summary,description,labels,resolution,resolutiondate,updated,reporter';
const pageSize = 100;

export function resolvedTickets(base: string, get: Get): ResolvedTickets {
  async function read({ key, fields: issue }: Issue, signal: AbortSignal): Promise<DeskFields> {
    const url = new URL(`${base}/rest/api/2/issue/${encodeURIComponent(key)}/comment`);
    url.search = `?orderBy=-created&maxResults=${pageSize}&expand=properties`;
    const { comments } = parseListed(commentsSchema, await get(url, signal), 'notes');
    const answers = comments
      .filter((comment) => isAnswer(comment, issue.reporter))
      .toSorted((one, other) => Date.parse(other.created ?? '') - Date.parse(one.created ?? ''));
    const texts = answers.map(({ body }) => plainText(body)).filter((body) => typeof body === 'string');
    return {
      ticket_id: key,
      subject: issue.summary,
      description: plainText(issue.description),
      resolution: firstWords(texts) ?? resolutionName(issue.resolution),
      resolved_at: issue.resolutiondate ?? issue.updated,
      tags: issue.labels,
    };
  }

  /** Where a page begins: `cloud:{token}` or `server:{number}`. */
  async function firstCursor(signal: AbortSignal): Promise<string> {
    const info = await get(new URL(`${base}/rest/api/2/serverInfo`), signal);
    return parseListed(infoSchema, info, 'tickets').deploymentType === 'Cloud' ? 'cloud:' : 'server:0';
  }

  return {
    async page(since, cursor, signal) {
      const [, kind, place = ''] = /^(cloud|server):(.*)$/s.exec(cursor ?? (await firstCursor(signal))) ?? [];
      const isServer = kind === 'server';
      const query = {
        jql: `projectType = service_desk AND updated >= "${toMinutes(dayBefore(since))}" ORDER BY created ASC`,
        fields,
        maxResults: String(pageSize),
        ...(isServer ? { startAt: place } : place === '' ? {} : { nextPageToken: place }),
      };
      const url = new URL(`${base}/rest/api/2/search${isServer ? '' : '/jql'}`);
      url.search = new URLSearchParams(query).toString();
      const { found, next } = (isServer ? pageOfServer : pageOfCloud)(await get(url, signal));
      return {
        tickets: found
          .filter(({ fields: { resolution, resolutiondate, updated } }) => {
            const isResolved = resolution !== undefined && resolution !== null;
            return isResolved && isSince(resolutiondate ?? updated, since);
          })
          .map((issue) => ({ ticketId: issue.key, read: (reading) => read(issue, reading) })),
        next,
      };
    },
  };
}

interface Page {
  readonly found: readonly Issue[];
  readonly next: string | undefined;
}

/** The last page has no token, or `isLast`. */
function pageOfCloud(body: unknown): Page {
  const { issues: found, nextPageToken: token, isLast } = parseListed(cloudSchema, body, 'tickets');
  return { found, next: isLast === true || !token ? undefined : `cloud:${token}` };
}

function pageOfServer(body: unknown): Page {
  const { issues: found, startAt, total } = parseListed(serverSchema, body, 'tickets');
  const end = startAt + found.length;
  return { found, next: found.length === 0 || end >= total ? undefined : `server:${end}` };
}
