import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readHistory, readInventory, readKnowledge } from '../../src/connectors/index.js';
import {
  type ContextSource,
  type NoteToPost,
  type PipelineObserver,
  type Ticket,
  type TicketHistory,
} from '../../src/enhancement/index.js';
import {
  createHistorySource,
  createInventorySource,
  createKnowledgeSource,
  enhanceTicket,
} from '../../src/enhancement/note-engine.js';

/**
 * The notes for thirty-five tickets of the demo tenants, as the pipeline writes them without a language model, in one page for
 * review: `npm run golden` writes it, a test compares it.
 */
export const goldenPage = 'test/golden/notes.md';

const root = join(import.meta.dirname, '../..');
const ticketSchema = z.object({ tenant_id: z.string(), subject: z.string(), description: z.string() });
const tickets = z.array(ticketSchema);
type GoldenTicket = z.infer<typeof ticketSchema>;

function ticketsIn(file: string): GoldenTicket[] {
  return tickets.parse(JSON.parse(readFileSync(join(root, file), 'utf8')));
}

/** Somebody who writes everything into one ticket. */
function longDescription(): string {
  return ticketsIn('demo/tickets.json')
    .filter(({ tenant_id }) => tenant_id === 'acme')
    .map(({ subject, description }) => `${subject}. ${description}`)
    .join('\n\n');
}

const links = { ticket: 'https://desk.example.com/t/{id}', article: 'https://kb.example.com/{id}' };
const noHistory: TicketHistory = {
  upsert: () => Promise.resolve(),
  changesSince: (_, cursor) => Promise.resolve({ tickets: [], cursor, reset: false }),
};
const observer: PipelineObserver = {
  stepEnded: () => undefined,
  contextSourceEnded(source, _, error) {
    if (error !== undefined) throw new Error(`${source} failed.`, { cause: error });
  },
  modelFailed: () => undefined,
  rerankFailed: () => undefined,
  tokensUsed: () => undefined,
  answerRepaired: () => undefined,
  noteWritten: () => undefined,
};

function sourcesOf(tenantId: string): ContextSource[] {
  const folder = join(root, 'demo', tenantId);
  return [
    createHistorySource({
      tenantId,
      history: noHistory,
      seed: async (use) => void (await readHistory(join(folder, 'history.jsonl'), use)),
    }),
    createKnowledgeSource(async (use) => void (await readKnowledge(join(folder, 'knowledge'), use))),
    createInventorySource(async (use) => void (await readInventory(join(folder, 'inventory.yaml'), use))),
  ];
}

async function noteFor(ticket: Ticket, sources: readonly ContextSource[]): Promise<NoteToPost | undefined> {
  let posted: NoteToPost | undefined;
  const publisher = {
    isPublished: () => Promise.resolve(false),
    publish(_: Ticket, note: NoteToPost) {
      posted = note;
      return Promise.resolve('posted' as const);
    },
  };
  await enhanceTicket(
    {
      ticket,
      jobId: 'example',
      correlationId: '00000000-0000-4000-8000-000000000000',
      preferences: { language: 'auto', whenNothingFound: 'silent', style: 'full', links, maxWords: 500 },
    },
    { sources, publisher, observer, contextTimeoutMs: 600_000 },
    new AbortController().signal,
  );
  return posted;
}

const introduction = `# Notes of the demo tenants

What the agent of a ticket gets, without a language model. Written by \`npm run golden\` from \`tickets.json\` and the articles,
histories and inventories of the demo tenants; a test compares. Each note is shown as plain text, then as a desk renders its HTML.`;

/** Markdown. */
export async function goldenNotes(): Promise<string> {
  const sources = new Map<string, ContextSource[]>();
  const parts = [introduction];
  for (const [i, { tenant_id, subject, description: given }] of ticketsIn('test/golden/tickets.json').entries()) {
    const description = given === 'LONG' ? longDescription() : given;
    const own = sources.get(tenant_id) ?? sourcesOf(tenant_id);
    sources.set(tenant_id, own);
    const ticket: Ticket = {
      tenantId: tenant_id,
      ticketId: `GOLDEN-${i + 1}`,
      subject,
      description,
      priority: 'medium',
      createdAt: '2026-11-23T10:00:00Z',
    };
    const note = await noteFor(ticket, own);
    const shown =
      description.length > 600 ? `${description.slice(0, 600)} … (${description.length} characters)` : description;
    parts.push(
      `## ${i + 1}. ${tenant_id}: ${subject || '(no subject)'}`,
      ...(shown === '' ? [] : [shown.replace(/^/gm, '> ')]),
      ...(note === undefined
        ? ['No note: nothing was found.']
        : [`~~~text\n${note.text}\n~~~`, `<div>\n${note.html.replaceAll('\n\n', '\n&#10;')}\n</div>`]),
    );
  }
  return `${parts.join('\n\n')}\n`;
}
