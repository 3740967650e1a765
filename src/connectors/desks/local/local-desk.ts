import { z } from 'zod';
import {
  type Desk,
  type NoteToPost,
  type Ticket,
  toEnhancementError,
  until,
  writtenModes,
} from '../../../enhancement/index.js';
import type { RedisClient } from '../../../redis/connection.js';
import { keyPrefix } from '../../../redis/key-prefix.js';
import { runScript, storeUnavailable } from '../../redis-script.js';

/** The local desk: tickets and their notes are kept in Redis, for a first look, demos and tests. */

const citationSchema = z.object({
  source: z.enum(['ticket_history', 'knowledge_base', 'inventory']),
  id: z.string(),
  title: z.string(),
  score: z.number(),
});

const noteSchema = z.object({
  created_at: z.string(),
  correlation_id: z.string(),
  mode: z.enum(writtenModes),
  show_to_requester: z.literal(false),
  /** Escaped: may be put into a page unchanged. */
  html: z.string(),
  text: z.string(),
  citations: z.array(citationSchema),
});

const ticketSchema = z.object({
  tenant_id: z.string(),
  ticket_id: z.string(),
  subject: z.string(),
  description: z.string(),
  priority: z.enum(['low', 'medium', 'high', 'critical']),
  created_at: z.string(),
});

const latestSchema = ticketSchema
  .pick({ tenant_id: true, ticket_id: true, subject: true })
  .extend(noteSchema.pick({ created_at: true, correlation_id: true, mode: true }).shape);

/** What `GET /desk/{tenant}/tickets/{id}` answers. */
export const localTicketSchema = ticketSchema.extend({ notes: z.array(noteSchema).describe('Oldest first.') });

export type LocalNote = z.infer<typeof noteSchema>;
export type LocalTicket = z.infer<typeof localTicketSchema>;
export type LatestNote = z.infer<typeof latestSchema>;

export interface LocalDesk {
  deskFor(tenantId: string): Desk;
  /** For `GET /desk/{tenant}/tickets/{id}`; oldest note first. Undefined: no such ticket of that tenant. */
  readTicket(tenantId: string, ticketId: string): Promise<LocalTicket | undefined>;
  /** The latest notes of all tenants, newest first; 50 at most. */
  latestNotes(limit: number): Promise<LatestNote[]>;
}

/** Tickets of a tenant that are kept, the newest ones, so that a long demo does not fill the memory. */
const keptTickets = 20_000;
const keptLatest = 50;

/**
 * KEYS ticket, the tenant's tickets by age, latest; ARGV the note's field, note, ticket, ticket id, now in ms, entry for
 * latest, tickets to keep, latest to keep, prefix of the tenant's ticket keys. An existing field is not changed.
 */
const addScript = `
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'ticket', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[4])
redis.call('LPUSH', KEYS[3], ARGV[6])
redis.call('LTRIM', KEYS[3], 0, ARGV[8] - 1)
local surplus = redis.call('ZCARD', KEYS[2]) - ARGV[7]
if surplus > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], surplus)
  for i = 1, #oldest, 2 do redis.call('DEL', ARGV[9] .. oldest[i]) end
end
return 1`;

export function createLocalDesk(redis: RedisClient, now: () => Date = () => new Date()): LocalDesk {
  const desk = `${keyPrefix(redis)}:desk`;
  const latestKey = `${desk}:latest`;
  const prefix = (tenantId: string): string => `${desk}:{${tenantId}}:ticket:`;
  const ticketKey = (tenantId: string, ticketId: string): string => prefix(tenantId) + ticketId;
  const field = (marker: string): string => `note:${marker}`;

  return {
    deskFor: (tenantId) => ({
      longestExchangeMs: 0,
      settleMs: 0,
      async hasNote(ticket, marker) {
        try {
          return (await redis.hexists(ticketKey(tenantId, ticket.ticketId), field(marker))) === 1;
        } catch (error) {
          throw storeUnavailable(error);
        }
      },
      async addNote(ticket, note, _sendByMs, signal) {
        const at = now();
        const keys = [ticketKey(tenantId, ticket.ticketId), `${desk}:{${tenantId}}:tickets`, latestKey];
        const storedNote = toLocalNote(note, at);
        const storedTicket = toLocalTicket(tenantId, ticket);
        const values = [
          field(note.marker),
          JSON.stringify(storedNote),
          JSON.stringify(storedTicket),
          ticket.ticketId,
          at.getTime(),
          // Both have a created_at; the note's is kept, because it comes last.
          JSON.stringify(latestSchema.parse({ ...storedTicket, ...storedNote })),
          keptTickets,
          keptLatest,
          prefix(tenantId),
        ];
        try {
          await until(signal, () => runScript(redis, addScript, keys, values));
          return { kind: 'added' };
        } catch (error) {
          return {
            kind: 'unknown',
            error: toEnhancementError(error, 'JOB_TIMEOUT', 'The attempt ended while its note was being stored.'),
          };
        }
      },
    }),

    async readTicket(tenantId, ticketId) {
      const { ticket, ...notes } = await redis.hgetall(ticketKey(tenantId, ticketId));
      if (ticket === undefined) return undefined;
      const parsed = Object.values(notes).map((note) => noteSchema.parse(JSON.parse(note)));
      return {
        ...ticketSchema.parse(JSON.parse(ticket)),
        notes: parsed.sort((a, b) => a.created_at.localeCompare(b.created_at)),
      };
    },

    async latestNotes(limit) {
      const entries = await redis.lrange(latestKey, 0, Math.min(limit, keptLatest) - 1);
      return entries.map((entry) => latestSchema.parse(JSON.parse(entry)));
    },
  };
}

function toLocalTicket(tenantId: string, ticket: Ticket): z.infer<typeof ticketSchema> {
  const { ticketId, subject, description, priority, createdAt } = ticket;
  return { tenant_id: tenantId, ticket_id: ticketId, subject, description, priority, created_at: createdAt };
}

function toLocalNote(note: NoteToPost, at: Date): LocalNote {
  return {
    created_at: at.toISOString(),
    correlation_id: note.correlationId,
    mode: note.mode,
    show_to_requester: false,
    html: note.html,
    text: note.text,
    citations: [...note.citations],
  };
}
