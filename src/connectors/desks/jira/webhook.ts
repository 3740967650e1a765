import { z } from 'zod';
import type { DeskWebhook } from '../desk-webhook.js';
import { longestName } from '../recipe.js';
import { textOfAdf } from './adf.js';
import { commentSchema, isAnswer, personSchema } from './comments.js';
import { textOfWiki } from './wiki-text.js';

/** An admin webhook of Jira with a secret, on issues that are created and updated. */
export const webhook: DeskWebhook = {
  signatures: [{ scheme: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-hub-signature', prefix: 'sha256=' }],
  deliveryHeader: 'x-atlassian-webhook-identifier',
  read(body) {
    const { webhookEvent, issue, changelog, comment, timestamp } = eventSchema.parse(body);
    const { key: ticket_id, fields } = issue;
    const ticket = { ticket_id, subject: fields.summary, description: plainText(fields.description) };
    if (webhookEvent === 'jira:issue_created') {
      return { kind: 'created', ticket: { ...ticket, priority: fields.priority, created_at: fields.created } };
    }
    const isResolved = changelog.items.some(({ field, to }) => field === 'resolution' && (to ?? '') !== '');
    if (webhookEvent !== 'jira:issue_updated' || !isResolved) {
      return { kind: 'ignored', what: webhookEvent.slice(0, longestName) };
    }
    // What the agent wrote while resolving it; else the name of the resolution is all that is known.
    const answer = isAnswer(comment, fields.reporter) ? plainText(comment.body) : undefined;
    const resolution = answer ?? resolutionName(fields.resolution);
    const resolved_at = fields.resolutiondate ?? timestamp;
    return { kind: 'resolved', ticket: { ...ticket, resolution, resolved_at, tags: fields.labels } };
  },
};

const anything = z.unknown().optional();
const fieldsSchema = z.object({
  reporter: personSchema,
  summary: anything,
  description: anything,
  priority: anything,
  created: anything,
  resolution: anything,
  resolutiondate: anything,
  labels: anything,
});
/** Changes of one update that are looked at. */
const mostChanges = 200;
const changeSchema = z.object({ field: z.string().catch(''), to: z.string().nullish().catch(undefined) });

/** Takes anything: what cannot be used is named by the validation of the payload. */
const eventSchema = z.object({
  webhookEvent: z.string().catch('unknown'),
  timestamp: anything,
  issue: z.object({ key: anything, fields: fieldsSchema.catch({}) }).catch({ key: undefined, fields: {} }),
  comment: commentSchema.catch({}),
  changelog: z
    .object({ items: z.array(anything) })
    .transform(({ items }) => ({
      items: items.slice(0, mostChanges).flatMap((one) => changeSchema.safeParse(one).data ?? []),
    }))
    .catch({ items: [] }),
});

const namedSchema = z.object({
  name: z.string().optional(),
  description: z.string().min(1).optional().catch(undefined),
});

/** What the kind of a resolution is called, in the most words that there are. */
export function resolutionName(resolution: unknown): string | undefined {
  const { name, description } = namedSchema.safeParse(resolution).data ?? {};
  return description ?? name;
}

/** Of wiki text, or of a document, which Cloud may send instead. */
export function plainText(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return textOfWiki(value);
  return typeof value === 'object' ? textOfAdf(value) : value;
}
