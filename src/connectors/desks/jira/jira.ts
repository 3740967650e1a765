import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { HttpAnswer } from '../../http-exchange.js';
import type { Said } from '../desk-failures.js';
import { mostNotes, parseListed, withParameter } from '../note-pages.js';
import { basic, defineRestDesk, inShort, jsonRequest, type NotePlace, type RestApi } from '../rest-desk.js';
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

const issueCommentsSchema = z.object({
  comments: cutTo(mostNotes, z.array(z.object({ body: z.string().nullish() }))),
  total: z.int().catch(0),
});

const errorSchema = z.union([
  z.object({ errorMessage: z.string() }).transform(({ errorMessage }) => [errorMessage]),
  // What is wrong with a field is under its name.
  z
    .object({ errorMessages: z.array(z.string()), errors: z.record(z.string(), z.string()).catch({}) })
    .transform(({ errorMessages, errors }) => [...errorMessages, ...Object.values(errors)]),
  z.object({ message: z.string(), 'status-code': z.int() }).transform(({ message }) => [message]),
]);
/** Sent by the server in front of an unavailable Cloud site, or for an unknown address: neither is about an issue. */
const aroundJiraSchema = z.union([z.object({ errorCode: z.string() }), z.object({ 'status-code': z.int() })]);
const successSchema = z.union([
  z.looseObject({ values: z.array(z.unknown()).nullable() }),
  z.looseObject({ id: z.union([z.string(), z.int()]), body: z.string() }),
  z.looseObject({ displayName: z.string() }),
  z.looseObject({ issues: z.array(z.unknown()) }),
  z.looseObject({ comments: z.array(z.unknown()) }),
  z.looseObject({ deploymentType: z.string() }),
]);

/**
 * Cloud's answer for an issue without a request type, as agents create them. Such an issue has comments, but no customer
 * sees it.
 */
const noRequestSchema = z.object({
  i18nErrorMessage: z.object({ i18nKey: z.literal('sd.customerview.error.vpOriginMissing') }),
});
const noRequest = /request type/i;

function read({ status, headers }: HttpAnswer, body: unknown): Said {
  const refusal = refusalOf(headers);
  // A comment may nevertheless have been added, as the anonymous user.
  if (refusal !== undefined && status < 300) return { kind: 'foreign', detail: [refusal], meaning: 'unauthorized' };
  if (refusal !== undefined && status < 429) return { kind: 'failure', detail: [refusal], meaning: 'unauthorized' };
  const words = errorSchema.safeParse(body).data;
  if (words !== undefined) {
    const isAboutIssue = status !== 404 || !aroundJiraSchema.safeParse(body).success;
    const isNoRequest = noRequestSchema.safeParse(body).success || noRequest.test(words[0] ?? '');
    const meaning = status === 404 && isNoRequest ? 'elsewhere' : undefined;
    return { kind: isAboutIssue ? 'failure' : 'foreign', detail: words.slice(0, 2).map(inShort), meaning };
  }
  return status < 300 && successSchema.safeParse(body).success ? { kind: 'success', body } : { kind: 'foreign' };
}

/**
 * Jira treats a request with an invalid credential as that of an anonymous user: it answers with an empty list, or with "no
 * such issue". Headers say so, and also that a person has to log in once and answer a CAPTCHA.
 */
function refusalOf(headers: HttpAnswer['headers']): string | undefined {
  const { 'x-seraph-loginreason': reason, 'x-authentication-denied-reason': denial, 'x-ausername': user } = headers;
  const [refused] = /AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.exec(String(reason ?? '')) ?? [];
  if (refused === undefined) return user === 'anonymous' ? 'as an anonymous user' : undefined;
  return /CAPTCHA/.test(String(denial ?? '')) ? `${refused}: log in with a browser and answer the CAPTCHA` : refused;
}

/** The largest page size of Cloud. */
const pageSize = 50;

/** Comments of an issue that is not a customer request. The property keeps the note internal if the issue becomes a request. */
function issueComments(base: string): NotePlace {
  const comments = (key: string): URL => new URL(`${base}/rest/api/2/issue/${encodeURIComponent(key)}/comment`);
  const properties = [{ key: 'sd.public.comment', value: { internal: true } }];
  return {
    notes(key) {
      const url = comments(key);
      url.search = `?orderBy=-created&startAt=0&maxResults=${pageSize}`;
      return url;
    },
    readPage(body, url) {
      const { comments: all, total } = parseListed(issueCommentsSchema, body, 'notes');
      const end = Number(url.searchParams.get('startAt')) + all.length;
      return {
        texts: all.map(({ body: text }) => text ?? ''),
        next: all.length > 0 && end < total ? withParameter(url, 'startAt', end) : undefined,
      };
    },
    add: (key, note) => jsonRequest('POST', comments(key), { body: note.wiki, properties }),
  };
}

function api(base: string): RestApi {
  const comments = (key: string): URL =>
    new URL(`${base}/rest/servicedeskapi/request/${encodeURIComponent(key)}/comment`);
  return {
    // Cloud: a user's API token. Data Center: a personal access token.
    authorize: (credential) => ({
      authorization: credential.includes(':') ? basic(credential) : `Bearer ${credential}`,
      // Data Center accepts a comment from a program only with these headers.
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
      const { values, isLastPage } = parseListed(commentsSchema, body, 'notes');
      const all = values ?? [];
      const end = Number(url.searchParams.get('start')) + all.length;
      return {
        texts: all.map(({ body: text }) => text ?? ''),
        next: isLastPage === false && all.length > 0 ? withParameter(url, 'start', end) : undefined,
      };
    },
    add: (key, note) => jsonRequest('POST', comments(key), { body: note.wiki, public: false }),
    elsewhere: issueComments(base),
    probe: new URL(`${base}/rest/api/2/myself`),
    resolved: (get) => resolvedTickets(base, get),
  };
}

export const jira = defineRestDesk({ type: 'jira', apiPath: '/rest', webhook, api });
