import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { DeskFields } from '../desk-webhook.js';
import { parseListed } from '../note-pages.js';
import { firstWords, type Get, isSince, mostTickets, type ResolvedTickets } from '../resolved-tickets.js';

/**
 * Requests that were updated since a time, in the order of their creation: an update moves none of them out of the list.
 * Source: manageengine.com, "ServiceDesk Plus REST API v3", "Input data" (`list_info`: at most 100 rows, searches, and
 * `has_more_rows`) and "Request"; missing fields may be null.
 */

const idSchema = z.union([z.string().regex(/^\d{1,25}$/), z.int().transform(String)]);
const given = z.unknown().optional();
/** Milliseconds, as text. */
const timeSchema = z
  .object({ value: z.union([z.string(), z.number()]).nullish() })
  .nullish()
  .catch(undefined);

const rowSchema = z.object({
  id: idSchema,
  status: z.object({ name: z.string().nullish(), in_progress: z.boolean().nullish() }).nullish().catch(undefined),
  completed_time: timeSchema,
  resolved_time: timeSchema,
});
type Row = z.infer<typeof rowSchema>;
const listSchema = z.object({
  requests: cutTo(mostTickets, z.array(rowSchema)).nullish(),
  list_info: z.object({ has_more_rows: z.boolean().nullish() }).nullish(),
});
const oneSchema = z.object({
  request: z.object({
    subject: given,
    description: given,
    resolution: z.object({ content: z.string().nullish() }).nullish().catch(undefined),
    completed_time: timeSchema,
    resolved_time: timeSchema,
    last_updated_time: timeSchema,
  }),
});

/** Fields that a list requests. A release that does not support this sends more. */
const fields = ['id', 'status', 'completed_time', 'resolved_time'];
const doneStatus = /^(?:closed|resolved)$/i;
const pageSize = 100;

export function resolvedTickets(base: string, get: Get): ResolvedTickets {
  const requests = `${base}/api/v3/requests`;

  async function read(row: Row, signal: AbortSignal): Promise<DeskFields> {
    const { request } = parseListed(oneSchema, await get(new URL(`${requests}/${row.id}`), signal), 'tickets');
    const { subject, description, resolution, last_updated_time } = request;
    return {
      ticket_id: row.id,
      subject,
      description,
      resolution: firstWords([resolution?.content]),
      resolved_at: doneAt(request) ?? doneAt(row) ?? last_updated_time?.value,
    };
  }

  return {
    async page(since, cursor = '1', signal) {
      const list_info = {
        row_count: pageSize,
        start_index: Number(cursor),
        sort_field: 'created_time',
        sort_order: 'asc',
        search_criteria: [{ field: 'last_updated_time', condition: 'greater than', value: String(since.getTime()) }],
        fields_required: fields,
      };
      const url = new URL(requests);
      url.searchParams.set('input_data', JSON.stringify({ list_info }));
      const body = parseListed(listSchema, await get(url, signal), 'tickets');
      const rows = body.requests ?? [];
      return {
        tickets: rows
          .filter((row) => isDone(row) && isSince(toNumber(doneAt(row)), since))
          .map((row) => ({ ticketId: row.id, read: (reading) => read(row, reading) })),
        next: body.list_info?.has_more_rows === true ? String(Number(cursor) + pageSize) : undefined,
      };
    },
  };
}

function doneAt({ completed_time, resolved_time }: Pick<Row, 'completed_time' | 'resolved_time'>) {
  return resolved_time?.value ?? completed_time?.value ?? undefined;
}

/** A reopened request keeps the time at which it was resolved. */
function isDone(row: Row): boolean {
  if (row.status?.in_progress === true) return false;
  return doneAt(row) !== undefined || doneStatus.test(row.status?.name ?? '');
}

function toNumber(time: string | number | undefined): number | undefined {
  return time === undefined ? undefined : Number(time);
}
