import { z } from 'zod';
import { cutTo } from '../src/enhancement/index.js';
import { createDeskHttp, defaultSettleMs, readCredential, type Said } from '../src/connectors/desks/desk-http.js';
import { defineDesk } from '../src/connectors/desks/desk-kind.js';
import { httpSettings, takesCredential } from '../src/connectors/desks/desk-settings.js';
import { findInPages, mostNotes, parseNotes } from '../src/connectors/desks/note-pages.js';
import type { DeskWebhook } from '../src/connectors/desks/desk-webhook.js';

/** A desk that does not exist, for docs/add-a-desk.md: its webhook is signed, and its notes are called remarks. */

/** 1. The webhook: how it is signed, which delivery it is, and what its fields are called. */
const webhook: DeskWebhook = {
  signatures: [
    { scheme: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-example-signature', prefix: 'sha256=' },
  ],
  deliveryId({ 'x-example-delivery': id }) {
    return typeof id === 'string' ? id : undefined;
  },
  read(body) {
    const { action, item } = eventSchema.parse(body);
    const { id: ticket_id, title: subject, text: description, tags, answer: resolution } = item;
    switch (action) {
      case 'opened':
        return {
          kind: 'created',
          ticket: { ticket_id, subject, description, priority: item.urgency, created_at: item.opened },
        };
      case 'answered':
        return {
          kind: 'resolved',
          ticket: { ticket_id, subject, description, resolution, resolved_at: item.answered, tags },
        };
      default:
        return { kind: 'ignored', what: action };
    }
  },
};

/** Takes anything: what cannot be used is named by the validation of the payload. */
const eventSchema = z.object({
  action: z.string().catch('unknown'),
  item: z
    .object({
      id: z.unknown(),
      title: z.unknown(),
      text: z.unknown(),
      urgency: z.unknown(),
      opened: z.unknown(),
      answer: z.unknown(),
      answered: z.unknown(),
      tags: z.unknown(),
    })
    .partial()
    .catch({}),
});

/** 2. What the API says. An answer without its words is not the API's: a proxy's 404 knows nothing of tickets. */
const errorSchema = z.object({ error: z.string().regex(/^[a-z_]{1,40}$/) });

function read({ status }: { readonly status: number }, body: unknown): Said {
  const failure = errorSchema.safeParse(body).data;
  if (failure !== undefined) return { kind: 'failure', detail: [failure.error] };
  return status < 300 && typeof body === 'object' ? { kind: 'success', body } : { kind: 'foreign' };
}

const remarksSchema = z.object({
  remarks: cutTo(mostNotes, z.array(z.object({ text: z.string().nullish() }))).nullish(),
  next: z.int().nullish(),
});

/** 3. The desk: its settings in the tenants file, its notes, and a request that shows whether it works. */
export const exampleDesk = defineDesk({
  type: 'example',
  settings: httpSettings('/api'),
  webhook,
  open({ base_url, credential, allow_private_network }, secrets) {
    // Read at each request: a renewed token needs no reload.
    const token = secrets.renewable('desk.credential', credential);
    const api = (proxyFor: Parameters<typeof createDeskHttp>[0]['proxyFor'], timeoutMs: number) =>
      createDeskHttp({
        headers: async () => ({ accept: 'application/json', authorization: `Bearer ${readCredential(token)}` }),
        read,
        allowPrivateNetwork: allow_private_network,
        proxyFor,
        timeoutMs,
      });
    const remarks = (ticketId: string) => new URL(`${base_url}/api/items/${encodeURIComponent(ticketId)}/remarks`);
    const timeoutMs = 10_000;
    return {
      connect({ proxyFor }) {
        const desk = api(proxyFor, timeoutMs);
        return {
          longestExchangeMs: timeoutMs,
          settleMs: defaultSettleMs,
          hasNote({ ticketId }, marker, signal) {
            const page = (number: number | null | undefined): URL | undefined =>
              typeof number === 'number' ? new URL(`?page=${number}`, remarks(ticketId)) : undefined;
            return findInPages(remarks(ticketId), marker, async (url) => {
              const listed = parseNotes(remarksSchema, await desk.get(url, signal));
              return { texts: (listed.remarks ?? []).map(({ text }) => text ?? ''), next: page(listed.next) };
            });
          },
          addNote({ ticketId }, note, sendByMs, signal) {
            const body = JSON.stringify({ text: note.text, internal: true });
            const request = { method: 'POST', url: remarks(ticketId), contentType: 'application/json', body } as const;
            return desk.add(request, sendByMs, signal);
          },
        };
      },
      async probe({ proxyFor, timeoutMs }, signal) {
        const url = new URL(`${base_url}/api/me`);
        await api(proxyFor, timeoutMs).get(url, signal);
        return takesCredential(url, proxyFor(url));
      },
    };
  },
});
