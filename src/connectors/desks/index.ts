import { z } from 'zod';
import type { DeskKind } from './desk-kind.js';
import { freshservice } from './freshservice/freshservice.js';
import { jira } from './jira/jira.js';
import { local } from './local/local.js';
import { requestTracker } from './request-tracker/request-tracker.js';
import { servicedeskPlus } from './servicedesk-plus/servicedesk-plus.js';
import { zammad } from './zammad/zammad.js';
import { zendesk } from './zendesk/zendesk.js';

export type { DeskKind, DeskSecrets, DeskTools, ReadTools, TenantDesk } from './desk-kind.js';
export type { DeskEvent, DeskFields, DeskSignature } from './desk-webhook.js';
export type { ResolvedEntry, ResolvedPage, ResolvedTickets } from './resolved-tickets.js';

/** Every desk that the service knows. `desk.type`, webhook routes and their documentation come from this list. */
const kinds: readonly [DeskKind, ...DeskKind[]] = [
  local,
  servicedeskPlus,
  requestTracker,
  zendesk,
  jira,
  freshservice,
  zammad,
];

const byType: ReadonlyMap<string, DeskKind> = new Map(kinds.map((kind) => [kind.type, kind]));

export const deskKinds: readonly DeskKind[] = kinds;

/** A kind with a webhook of its own at `/webhook/{desk}/{tenant}`. */
export type DeskWithWebhook = DeskKind & { readonly webhook: NonNullable<DeskKind['webhook']> };

export const desksWithWebhook: readonly DeskWithWebhook[] = deskKinds.filter(
  (kind): kind is DeskWithWebhook => kind.webhook !== undefined,
);

/** `desk` in the tenants file: the settings of one kind, with references to its secrets. */
export const deskSchema: z.ZodType<DeskEntry> = z.discriminatedUnion('type', [
  kinds[0].schema,
  ...kinds.slice(1).map(({ schema }) => schema),
]);

/** The other keys depend on the kind. */
export interface DeskEntry {
  readonly type: string;
}

/** @param type of an entry that was validated with {@link deskSchema} */
export function deskKind(type: string): DeskKind {
  const kind = byType.get(type);
  if (kind === undefined) throw new RangeError(`There is no desk of type ${type}.`);
  return kind;
}
