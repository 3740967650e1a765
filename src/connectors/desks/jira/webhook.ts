import { z } from 'zod';
import { cutTo, isOurNote } from '../../../enhancement/index.js';
import type { DeskEvent, DeskFields, DeskWebhook } from '../desk-webhook.js';
import { longestName, readRecipe, withTexts } from '../recipe.js';
import { textOfAdf } from './adf.js';
import { commentSchema, isAnswer, personSchema } from './comments.js';
import { textOfWiki } from './wiki-text.js';

/**
 * An admin webhook of Jira with a secret, on issues that are created and updated; or the action "Send web request" of an
 * automation rule, which sends an issue and no event. Sources: support.atlassian.com, "Issue data (Automation format) payload" and
 * "Issue data (Jira format) payload"; developer.atlassian.com, "Jira Service Management webhooks" (Data Center).
 */
export const webhook: DeskWebhook = {
  signatures: [{ scheme: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-hub-signature', prefix: 'sha256=' }],
  deliveryHeader: 'x-atlassian-webhook-identifier',
  read(body) {
    if (body['webhookEvent'] === undefined) return readRule(body);
    const event = eventSchema.parse(body);
    const { webhookEvent, changelog } = event;
    // An imported issue may be resolved already.
    if (webhookEvent === 'jira:issue_created') return hasResolution(event) ? resolved(event) : created(event);
    const isResolved = changelog.items.some(({ field, to }) => field === 'resolution' && (to ?? '') !== '');
    if (webhookEvent === 'jira:issue_updated' && isResolved) return resolved(event);
    return { kind: 'ignored', what: webhookEvent.slice(0, longestName) };
  },
};

/** The administrator's own body, an issue within an object, or one by itself. */
function readRule(body: Readonly<Record<string, unknown>>): DeskEvent {
  if (body['issue'] === undefined && body['key'] === undefined) return withTexts(readRecipe(body), recipeText);
  const event = eventSchema.parse(body['issue'] === undefined ? { ...body, issue: body } : body);
  const { comment } = event.issue.fields;
  if (hasResolution(event)) return resolved(event);
  // Otherwise a rule on comments would be called by our own note, in an endless loop.
  const isUpdate = event.comment.body !== undefined || comment.comments.some(({ body: text }) => isOurs(text));
  return isUpdate ? { kind: 'ignored', what: 'an issue with a comment' } : created(event);
}

/** Markup that is hardly found in other texts. */
const wikiMark =
  /^(?:h[1-6]\. |\{(?:code|noformat)\})|\{code:[a-z]{1,20}\}|\{color:#?\w{1,20}\}|\[[^\][|\n]{1,300}\|(?:https?|mailto):[^\][|\s]{1,2000}\]/m;
const documentSchema = z.looseObject({ type: z.literal('doc') });

/** Smart values print wiki markup. The administrator's own body may have any other text, which is unchanged. */
function recipeText(value: unknown): unknown {
  const isMarkup = typeof value === 'string' ? wikiMark.test(value) : documentSchema.safeParse(value).success;
  return isMarkup ? plainText(value) : value;
}

function hasResolution({ issue }: JiraEvent): boolean {
  return (issue.fields.resolution ?? undefined) !== undefined;
}

function isOurs(comment: unknown): boolean {
  const text = plainText(comment);
  return typeof text === 'string' && isOurNote(text);
}

function created({ issue }: JiraEvent): DeskEvent {
  const { priority, created: created_at } = issue.fields;
  return { kind: 'created', ticket: { ...ticketOf(issue), priority, created_at } };
}

function resolved({ issue, comment, timestamp }: JiraEvent): DeskEvent {
  const { fields } = issue;
  // The comment that was written while resolving the issue, else the name of the resolution.
  const answer = isAnswer(comment, fields.reporter) ? plainText(comment.body) : undefined;
  const resolution = answer ?? resolutionName(fields.resolution);
  const resolved_at = fields.resolutiondate ?? timestamp;
  return { kind: 'resolved', ticket: { ...ticketOf(issue), resolution, resolved_at, tags: fields.labels } };
}

function ticketOf({ key: ticket_id, fields }: JiraEvent['issue']): DeskFields {
  return { ticket_id, subject: fields.summary, description: plainText(fields.description) };
}

const anything = z.unknown().optional();
/** Comments of one issue that are read. */
const mostComments = 200;
const fieldsSchema = z.object({
  reporter: personSchema,
  summary: anything,
  description: anything,
  priority: anything,
  created: anything,
  resolution: anything,
  resolutiondate: anything,
  labels: anything,
  /** Only in payloads of automation rules. */
  comment: z.object({ comments: cutTo(mostComments, z.array(z.object({ body: anything }))) }).catch({ comments: [] }),
});
const noFields: z.infer<typeof fieldsSchema> = { comment: { comments: [] } };
/** Changes of one update that are read. */
const mostChanges = 200;
const changeSchema = z.object({ field: z.string().catch(''), to: z.string().nullish().catch(undefined) });

/** Accepts any value: the validation of the payload names unusable fields. */
const eventSchema = z.object({
  webhookEvent: z.string().catch('unknown'),
  timestamp: anything,
  issue: z.object({ key: anything, fields: fieldsSchema.catch(noFields) }).catch({ key: undefined, fields: noFields }),
  comment: commentSchema.catch({}),
  changelog: z
    .object({ items: z.array(anything) })
    .transform(({ items }) => ({
      items: items.slice(0, mostChanges).flatMap((one) => changeSchema.safeParse(one).data ?? []),
    }))
    .catch({ items: [] }),
});

type JiraEvent = z.infer<typeof eventSchema>;

const namedSchema = z.object({
  name: z.string().optional(),
  description: z.string().min(1).optional().catch(undefined),
});

/** The description of a resolution, else its name. */
export function resolutionName(resolution: unknown): string | undefined {
  const { name, description } = namedSchema.safeParse(resolution).data ?? {};
  return description ?? name;
}

/** The text of wiki markup, or of the document that Cloud may send instead. */
export function plainText(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return textOfWiki(value);
  return typeof value === 'object' ? textOfAdf(value) : value;
}
