import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { Said } from '../desk-http.js';
import { defineDesk } from '../desk-kind.js';
import { httpSettings } from '../desk-settings.js';
import { mostNotes, parseNotes } from '../note-pages.js';
import { basic, inShort, jsonRequest, openRestDesk, type RestApi } from '../rest-desk.js';
import { resolvedTickets } from './resolved.js';
import { webhook } from './webhook.js';

/**
 * Jira Service Management, Cloud and Data Center. Sources: developer.atlassian.com, "Webhooks" and "Rate limiting";
 * docs.atlassian.com, "JIRA Service Desk REST API" (`/request/{issueIdOrKey}/comment`).
 */

const commentsSchema = z.object({
  values: cutTo(mostNotes, z.array(z.object({ body: z.string().nullish() }))).nullish(),
  isLastPage: z.boolean().nullish(),
});

const errorSchema = z.union([
  z.object({ errorMessage: z.string() }).transform(({ errorMessage }) => [errorMessage]),
  z.object({ errorMessages: z.array(z.string()) }).transform(({ errorMessages }) => errorMessages),
  z.object({ message: z.string(), 'status-code': z.int() }).transform(({ message }) => [message]),
]);
const successSchema = z.union([
  z.looseObject({ values: z.array(z.unknown()).nullable() }),
  z.looseObject({ id: z.union([z.string(), z.int()]), body: z.string() }),
  z.looseObject({ displayName: z.string() }),
  z.looseObject({ issues: z.array(z.unknown()) }),
  z.looseObject({ comments: z.array(z.unknown()) }),
  z.looseObject({ deploymentType: z.string() }),
]);

function read({ status }: { readonly status: number }, body: unknown): Said {
  const words = errorSchema.safeParse(body).data;
  if (words !== undefined) return { kind: 'failure', detail: words.slice(0, 2).map(inShort) };
  return status < 300 && successSchema.safeParse(body).success ? { kind: 'success', body } : { kind: 'foreign' };
}

/** The largest page that Cloud gives. */
const pageSize = 50;

function api(base: string): RestApi {
  const comments = (key: string): URL =>
    new URL(`${base}/rest/servicedeskapi/request/${encodeURIComponent(key)}/comment`);
  return {
    // Cloud: a user's API token. Data Center: a personal access token.
    authorize: (credential) => ({
      authorization: credential.includes(':') ? basic(credential) : `Bearer ${credential}`,
      // Data Center takes a comment from a client that is no browser only with these.
      'x-atlassian-token': 'no-check',
      'x-experimentalapi': 'opt-in',
    }),
    read,
    notes(key) {
      const url = comments(key);
      url.search = `?internal=true&public=false&start=0&limit=${pageSize}`;
      return url;
    },
    readPage(body, url) {
      const { values, isLastPage } = parseNotes(commentsSchema, body);
      const all = values ?? [];
      const next = new URL(url);
      next.searchParams.set('start', String(Number(url.searchParams.get('start')) + all.length));
      return {
        texts: all.map(({ body: text }) => text ?? ''),
        next: isLastPage === false && all.length > 0 ? next : undefined,
      };
    },
    add: (key, note) => jsonRequest('POST', comments(key), { body: note.wiki, public: false }),
    probe: new URL(`${base}/rest/api/2/myself`),
    resolved: (get) => resolvedTickets(base, get),
  };
}

export const jira = defineDesk({
  type: 'jira',
  settings: httpSettings('/rest'),
  webhook,
  open: (settings, secrets) => openRestDesk(settings, secrets, api(settings.base_url)),
});
