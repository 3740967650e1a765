import { createDelimiter } from './delimiter.js';
import type { Excerpt } from './excerpt.js';
import type { ModelRequest } from './ports.js';
import { withoutSecrets } from './secrets-in-text.js';
import type { Ticket } from './ticket.js';
import { cutToTokens, estimateTokens } from './token-estimate.js';

/** Of a ticket's text that the model sees; the rest rarely tells more and always costs. */
const longestDescription = 6000;
const ticketTokens = 1500;
/** Of all sources together: with the ticket and the answer it fits into a context of 12,000. */
const sourceTokens = 5000;

const instructions = `You help the engineer who is going to work on a help-desk ticket. From the ticket and the sources,
write what will help to solve it: what it probably is, and what to do, in short plain sentences.

Answer with one JSON object and nothing else:
{"summary": string, "steps": [{"text": string, "sources": [string]}], "confidence": "low" | "medium" | "high"}
- Write in the language of the ticket. Keep commands, names and messages as they are.
- summary: at most 60 words. steps: at most 6, at most 40 words each, in the order in which to do them.
- sources: the labels (S1, S2, ...) of the sources that support the step. Use no label that is not given.
- Copy commands, host names, paths, settings and numbers exactly from a source that the step cites, and use no other ones.
- If the sources do not answer the ticket, say so in the summary and give no steps. Do not fill the gap from memory.
- Plain text: no Markdown, no HTML, no links.`;

/** The same form as in the instructions, for endpoints that hold their models to a schema. All keys are required: OpenAI demands it. */
const answerSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['summary', 'steps', 'confidence'],
  properties: {
    summary: { type: 'string' },
    steps: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['text', 'sources'],
        properties: { text: { type: 'string' }, sources: { type: 'array', items: { type: 'string' } } },
      },
    },
    confidence: { type: 'string', enum: ['low', 'medium', 'high'] },
  },
} as const;

export interface Prompt extends ModelRequest {
  /** What each label stands for. */
  readonly sources: ReadonlyMap<string, Excerpt>;
  readonly within: (maxTokens: number) => Prompt;
}

/** Of a short prompt, what the ticket may take of the tokens beside the instructions. */
const ticketShare = 1 / 3;

/**
 * The request for a model.
 *
 * @param excerpts best first; a shorter prompt has fewer of them, under the same labels
 */
export function buildPrompt(ticket: Ticket, excerpts: readonly Excerpt[]): Prompt {
  const { rules, data } = createDelimiter();
  const system = `${instructions}\n\n${rules}`;

  function prompt(maxTokens: number): Prompt {
    const left = Math.max(0, maxTokens - estimateTokens(system));
    const described = describeTicket(ticket, Math.min(ticketTokens, Math.floor(left * ticketShare)));
    const budget = Math.min(sourceTokens, left - estimateTokens(described));
    const given = budget < sourceTokens ? excerpts.slice(0, fitting(excerpts, budget)) : excerpts;
    const sources = new Map(given.map((excerpt, i) => [`S${i + 1}`, excerpt]));
    const texts = describeWithin(given, budget);
    const labelled = [...sources.keys()].map((label, i) => data(label, texts[i] ?? ''));
    const user = [data('ticket', described), ...(labelled.length === 0 ? ['No source was found.'] : labelled)];
    return { system, user: user.join('\n\n'), schema: answerSchema, sources, within: prompt };
  }
  return prompt(Number.POSITIVE_INFINITY);
}

/** @param maxTokens about, of the description; the subject has as many of its own */
export function describeTicket({ subject, priority, description }: Ticket, maxTokens: number): string {
  const head = cutToTokens(
    `Subject: ${withoutSecrets(subject)}\nPriority: ${priority}`,
    Math.max(leastTokens, maxTokens),
  );
  const text = cutToTokens(withoutSecrets(description.slice(0, longestDescription)), maxTokens);
  return `${head}\n\n${text}`;
}

/** How many of the first sources have room for their passages. At least one: its passage is cut if need be. */
function fitting(excerpts: readonly Excerpt[], maxTokens: number): number {
  let left = maxTokens;
  const tooMany = excerpts.findIndex((excerpt) => {
    left -= estimateTokens(headOf(excerpt)) + estimateTokens(excerpt.quote) + frameTokens;
    return left < 0;
  });
  return tooMany === -1 ? excerpts.length : Math.max(1, tooMany);
}

/** Of the marks around a source. */
const frameTokens = 20;

/**
 * Sources as the model reads them, best first. Each has its quoted passage, which was chosen for this ticket; what is left of
 * the budget goes to the paragraphs around it, in the order of the sources.
 */
function describeWithin(excerpts: readonly Excerpt[], maxTokens: number): string[] {
  let left = Math.max(leastTokens, maxTokens - frameTokens * excerpts.length);
  // Each may take an equal share of what is left, so that the last has its passage too.
  const texts = excerpts.map((excerpt, i) => {
    const share = Math.floor(left / (excerpts.length - i));
    const head = cutToTokens(headOf(excerpt), share);
    const quote = cutToTokens(excerpt.quote, Math.max(0, share - estimateTokens(head)));
    left -= estimateTokens(head) + estimateTokens(quote);
    return { head, quote };
  });
  return texts.map(({ head, quote }, i) => {
    const text = `${head}\n${quote}`;
    const background = excerpts[i]?.background ?? '';
    if (background === '' || left < leastTokens) return text;
    const more = cutToTokens(background, left);
    left -= estimateTokens(more);
    // The paragraphs have the passage too, with its line breaks.
    if (squeezed(more).includes(squeezed(quote))) return `${head}\n${more}`;
    return `${text}\n\nFrom the same document:\n${more}`;
  });
}

/** Fewer are not worth adding. */
const leastTokens = 40;

/** What a source is called, on one line. */
export function headOf({ source, id, title, detail, section, resolvedOn, status, owner }: Excerpt): string {
  const facts = [
    detail,
    section === undefined ? '' : `section “${section}”`,
    resolvedOn === undefined ? '' : `resolved ${resolvedOn}`,
    status === undefined ? '' : `status: ${status}`,
    owner === undefined ? '' : `owner: ${owner}`,
  ].filter((fact) => fact !== '');
  return `${source} ${id}: ${title}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`;
}

function squeezed(text: string): string {
  return text
    .replace(/…/g, '')
    .replace(/^[ \t]{0,8}(?:[-*+•]|\d{1,3}[.)]) /gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}
