import { createDelimiter } from './delimiter.js';
import type { Excerpt } from './excerpt.js';
import { labelsOf } from './model-answer.js';
import type { PipelineObserver } from './observer.js';
import type { LanguageModel, ModelRequest } from './ports.js';
import { describeTicket, headOf } from './prompt.js';
import type { Ticket } from './ticket.js';
import { cutToTokens } from './token-estimate.js';

/** More sources than this make the answer worse and the request longer. */
const mostReranked = 10;
/** Of the ticket's description, and of each passage: what a source is about shows at its beginning. */
const ticketTokens = 400;
const passageTokens = 120;

const instructions = `You order sources for the engineer who is going to work on a help-desk ticket: first the one that helps most to
solve it.

Answer with one JSON object and nothing else:
{"order": [string]}
- order: the labels (S1, S2, ...) of all sources, the most helpful first. A source about another problem comes last, however many
  words it shares with the ticket.`;

const answerSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['order'],
  properties: { order: { type: 'array', items: { type: 'string' } } },
} as const;

export interface RerankRequest {
  readonly ticket: Ticket;
  /** Best first. */
  readonly excerpts: readonly Excerpt[];
  readonly model: LanguageModel;
  readonly timeoutMs: number;
  readonly observer: Pick<PipelineObserver, 'tokensUsed' | 'rerankFailed'>;
}

/**
 * Has the model order the best ten articles and tickets by how much they help. It gets one request; if it fails, takes too long or
 * names no source, they are in the order in which they were found. What it does not name comes behind, in that order.
 *
 * @throws the signal's reason when that aborted, and nothing else
 */
export async function rerank(
  { ticket, excerpts, model, timeoutMs, observer }: RerankRequest,
  signal: AbortSignal,
): Promise<readonly Excerpt[]> {
  const candidates = excerpts.filter(({ source }) => source !== 'inventory').slice(0, mostReranked);
  if (candidates.length < 2) return excerpts;
  const labelled = new Map(candidates.map((excerpt, i) => [`S${i + 1}`, excerpt]));
  const limit = AbortSignal.timeout(Math.max(1, timeoutMs));
  try {
    const answer = await model.complete(requestFor(ticket, labelled), AbortSignal.any([signal, limit]));
    observer.tokensUsed(model.model, answer.promptTokens, answer.completionTokens);
    const first = labelsOf(answer.content, 'order').flatMap((label) => labelled.get(label) ?? []);
    if (first.length === 0) throw new Error('The answer names none of the sources.');
    return [...new Set([...first, ...excerpts])];
  } catch (error) {
    signal.throwIfAborted();
    observer.rerankFailed(limit.aborted ? new Error(`There was no answer within ${timeoutMs} ms.`) : error);
    return excerpts;
  }
}

function requestFor(ticket: Ticket, labelled: ReadonlyMap<string, Excerpt>): ModelRequest {
  const { rules, data } = createDelimiter();
  const sources = [...labelled].map(([label, excerpt]) =>
    data(label, `${headOf(excerpt)}\n${cutToTokens(excerpt.quote, passageTokens)}`),
  );
  const user = [data('ticket', describeTicket(ticket, ticketTokens)), ...sources].join('\n\n');
  return { system: `${instructions}\n\n${rules}`, user, schema: answerSchema };
}
