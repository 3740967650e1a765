import type { IncomingHttpHeaders } from 'node:http';

/** What a desk of a test speaks. Strict, so that what it takes the real one takes. */
export interface DeskProtocol {
  /** The desk's refusal of a request before its path matters: a wrong credential, a missing header. */
  refuse(request: DeskRequest, credential: string): Reply | undefined;
  /** What a request asks for; undefined: the desk has no such address. */
  find(request: DeskRequest): Found | undefined;
  noSuchTicket(): Reply;
  /** An error in the desk's own words. @param code its own, where it has any */
  failure(status: number, code?: number): Reply;
  throttled(how: { readonly retryAfterSeconds?: number; readonly asBadRequest?: boolean }): Reply;
}

export interface DeskRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Found =
  | {
      readonly kind: 'list';
      readonly ticketId: string;
      /** @param kept the ticket, where the test has given the desk one */
      reply(notes: readonly StoredNote[], kept: KeptTicket | undefined): Reply;
    }
  /** A page of the tickets that the desk has. */
  | { readonly kind: 'tickets'; reply(all: readonly KeptTicket[]): Reply }
  | {
      readonly kind: 'add';
      readonly ticketId: string;
      readonly description: string;
      readonly show_to_requester: boolean;
      added(note: StoredNote): Reply;
    }
  /** Anything that has nothing to do with notes, or a body that the desk does not take. */
  | { readonly kind: 'reply'; readonly reply: Reply };

export interface StoredNote {
  readonly id: string;
  readonly description: string;
  /** Whether the requester sees it, in whichever words the desk says so. */
  readonly show_to_requester: boolean;
  readonly receivedAtMs: number;
}

/** A ticket that a desk has from before, in the order in which they were made. */
export interface KeptTicket {
  readonly id: string;
  readonly subject: string;
  /** Plain text or HTML. */
  readonly description: string;
  readonly state: 'open' | 'resolved' | 'deleted';
  /** RFC 3339, in UTC: of its last change, and of its resolution if it has one. */
  readonly changedAt: string;
  /** Oldest first. */
  readonly comments: readonly KeptComment[];
}

export interface KeptComment {
  readonly text: string;
  readonly by: 'staff' | 'requester';
  /** Whether the requester sees it. Default: true. */
  readonly isPublic?: boolean;
  /** Whether it was written in the request that resolved the ticket. Default: false. */
  readonly isWithResolving?: boolean;
}

/** What the staff wrote last, where a desk has a field for it. */
export function resolutionOf({ comments }: KeptTicket): string | undefined {
  return comments.findLast(({ by, isPublic = true }) => by === 'staff' && isPublic)?.text;
}

/** The tickets that changed after a time: a number of milliseconds, or RFC 3339. */
export function changedSince(all: readonly KeptTicket[], since: string | number | null): readonly KeptTicket[] {
  const ms = typeof since === 'number' ? since : Date.parse(since ?? '');
  return all.filter(({ changedAt }) => Date.parse(changedAt) >= ms);
}

export interface Reply {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function reply(status: number, body: object | string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, body, headers };
}

/** An answer that has nothing to do with notes. */
export function answer(one: Reply): Found {
  return { kind: 'reply', reply: one };
}

export function retryAfter(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The rows of one page, counted from 1, and whether there are more. */
export function pageOf<T>(all: readonly T[], page: number, size: number): { rows: readonly T[]; more: boolean } {
  const rows = all.slice((page - 1) * size, page * size);
  return { rows, more: page * size < all.length };
}

/** What a list was asked for, in the parameters that most desks have; it gives a hundred rows at most. */
export function pageAsked({ searchParams }: URL, usualSize: number): { readonly page: number; readonly size: number } {
  const size = Math.min(Number(searchParams.get('per_page') ?? usualSize), 100);
  return { page: Number(searchParams.get('page') ?? 1), size };
}

/** A desk as the tests and drills meet it: the protocol that it speaks, and the webhooks that it sends. */
export interface DeskUnderTest {
  /** `desk.type` of the tenants file. */
  readonly type: string;
  readonly protocol: DeskProtocol;
  /** `desk.credential` of the tenants file, resolved. */
  readonly credential: string;
  /** Bodies of its webhooks. */
  created(ticket: SentTicket): object;
  resolved(ticket: SentTicket & { readonly resolution: string }): object;
  /** The headers with which it sends a body, as a delivery of its own. */
  sign(body: string, secret: string): Readonly<Record<string, string>>;
}

export interface SentTicket {
  readonly id: string;
  readonly subject: string;
  readonly description: string;
}

/** The bodies of desks that fill a template in, in the names of the service's own webhooks. */
export function createdByTemplate({ id, subject, description }: SentTicket) {
  const created_at = '2026-11-23T10:00:00Z';
  return { event: 'ticket_created', ticket_id: id, subject, description, priority: 'High', created_at };
}

export function resolvedByTemplate({
  id,
  subject,
  description,
  resolution,
}: SentTicket & { readonly resolution: string }) {
  const rest = { resolved_at: '2026-11-23T11:00:00Z', tags: 'vpn network' };
  return { event: 'ticket_resolved', ticket_id: id, subject, description, resolution, ...rest };
}

export interface SentWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function webhookOf(desk: DeskUnderTest, event: object, secret: string): SentWebhook {
  const body = JSON.stringify(event);
  return { body, headers: desk.sign(body, secret) };
}
