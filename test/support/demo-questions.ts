import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readHistory, readKnowledge } from '../../src/connectors/context-files.js';
import { type ContextSource, type TicketHistory } from '../../src/enhancement/index.js';
import { createHistorySource, createKnowledgeSource } from '../../src/enhancement/note-engine.js';
import { languages } from '../../src/enhancement/note-words.js';

const schema = z.object({
  tenant: z.enum(['acme', 'globex']),
  language: z.enum(languages),
  subject: z.string(),
  description: z.string(),
  /** Articles and tickets that help. Empty: nothing does. */
  relevant: z.array(z.string()),
  /** One of those of a few words, half of them without a subject. */
  short: z.boolean().default(false),
});
export type DemoQuestion = z.infer<typeof schema>;

/** Tickets for the demo tenants, with the articles and resolved tickets that help. */
export const demoQuestions: readonly DemoQuestion[] = readFileSync('test/support/demo-questions.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => schema.parse(JSON.parse(line)));

const emptyHistory: TicketHistory = {
  upsert: async () => undefined,
  changesSince: async (_tenantId, cursor) => ({ tickets: [], cursor, reset: false }),
};

/** The sources of a demo tenant, as its worker makes them. */
export function demoSources(tenant: DemoQuestion['tenant']): ContextSource[] {
  return [
    createHistorySource({
      tenantId: tenant,
      history: emptyHistory,
      seed: async (use) => void (await readHistory(`demo/${tenant}/history.jsonl`, use)),
    }),
    createKnowledgeSource(async (use) => void (await readKnowledge(`demo/${tenant}/knowledge`, use))),
  ];
}
