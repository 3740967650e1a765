import { performance } from 'node:perf_hooks';
import type { Excerpt } from './excerpt.js';
import { modelNote } from './model-synthesis.js';
import type { LanguageModel } from './ports.js';
import type { Ticket } from './ticket.js';

export interface ModelProbe {
  readonly seconds: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** The problem of the first answer, which the model repaired; undefined: there was none. */
  readonly repaired: string | undefined;
}

const ticket: Ticket = {
  tenantId: 'check',
  ticketId: 'CHECK-1',
  subject: 'VPN drops every hour',
  description: 'Since the update my VPN tunnel disconnects every hour and reconnects after a minute.',
  priority: 'medium',
  createdAt: '2026-01-01T00:00:00Z',
};

const excerpt: Excerpt = {
  source: 'knowledge_base',
  id: 'vpn-rekey',
  title: 'VPN tunnels that drop at a fixed interval',
  quote: 'Set the rekey interval of the client to 8 hours, then reconnect.',
  background: 'The tunnel ends when its keys expire. Set the rekey interval of the client to 8 hours, then reconnect.',
  detail: '',
  score: 1,
  confidence: 'likely',
};

/**
 * Has the model write a note for a fixed ticket, as it does for every other one.
 *
 * @throws {EnhancementError} `MODEL_*`, where a ticket's note would have been written without the model
 */
export async function probeModel(model: LanguageModel, signal: AbortSignal): Promise<ModelProbe> {
  const beganMs = performance.now();
  let promptTokens = 0;
  let completionTokens = 0;
  let repaired: string | undefined;
  const observer = {
    tokensUsed(_: string, prompt: number, completion: number) {
      promptTokens += prompt;
      completionTokens += completion;
    },
    answerRepaired(_: string, _outcome: unknown, problem: string) {
      repaired = problem;
    },
  };
  await modelNote({ ticket, context: { excerpts: [excerpt], failed: [] }, language: 'en', model, observer }, signal);
  return { seconds: (performance.now() - beganMs) / 1000, promptTokens, completionTokens, repaired };
}
