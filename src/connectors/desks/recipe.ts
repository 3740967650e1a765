import type { DeskEvent } from './desk-webhook.js';

/**
 * The webhook body that docs/desks tells an administrator to write, for desks whose webhooks send a body of the
 * administrator's choice: the fields of the service's own webhooks, and `event` (`ticket_created` or `ticket_resolved`).
 */
export function readRecipe(body: Readonly<Record<string, unknown>>): DeskEvent {
  const { event, ticket_id, subject, description, priority, created_at, resolution, resolved_at, tags } = body;
  switch (event) {
    case undefined:
    case null:
    case 'ticket_created':
      return { kind: 'created', ticket: { ticket_id, subject, description, priority, created_at } };
    case 'ticket_resolved':
      return {
        kind: 'resolved',
        ticket: { ticket_id, subject, description, resolution, resolved_at, tags: tagList(tags) },
      };
    default:
      return { kind: 'ignored', what: typeof event === 'string' ? event.slice(0, longestName) : 'unknown' };
  }
}

/** The event with another text of description and resolution. */
export function withTexts(event: DeskEvent, textOf: (value: unknown) => unknown): DeskEvent {
  if (event.kind === 'ignored') return event;
  const { description, resolution } = event.ticket;
  const texts = { description: textOf(description), resolution: textOf(resolution) };
  return { ...event, ticket: { ...event.ticket, ...texts } };
}

/** Characters of an event's name in the log. */
export const longestName = 64;
/** As many as a resolved ticket may have. */
const mostTags = 32;

/** A placeholder prints a list as words, with commas or blanks between them. */
function tagList(tags: unknown): unknown {
  if (typeof tags !== 'string') return tags ?? undefined;
  return tags
    .split(/[\s,]+/)
    .filter((tag) => tag !== '')
    .slice(0, mostTags);
}
