import { z } from 'zod';
import type { Context } from './context.js';
import { EnhancementError } from './errors.js';
import { gaps, mostRelevant } from './extractive.js';
import type { Block, Note } from './note.js';
import { sourceLabels } from './note.js';
import type { PipelineObserver } from './observer.js';
import type { Excerpt } from './excerpt.js';
import type { LanguageModel } from './ports.js';
import { buildPrompt, type Prompt } from './prompt.js';
import type { Ticket } from './ticket.js';

const modelHeading = 'Suggested by a language model from the sources below; check before acting';

/** Generous: a wordy answer is cut by the note's word limit, an answer without bounds is refused. */
const answerSchema = z.object({
  summary: z.string().trim().min(1).max(4000),
  steps: z
    .array(
      z.object({ text: z.string().trim().min(1).max(2000), sources: z.array(z.string().max(200)).max(50).default([]) }),
    )
    .max(20)
    .default([]),
  confidence: z.enum(['low', 'medium', 'high']).optional(),
});
type Answer = z.infer<typeof answerSchema>;

/**
 * Has the model write the note. What it returns is a stranger's text too: it is validated, citations of anything but
 * the retrieved sources are dropped, and addresses that stand in no source are taken out.
 *
 * @throws {EnhancementError} `MODEL_*` when there is no usable answer; the signal's reason when that aborted
 */
export async function modelNote(
  ticket: Ticket,
  context: Context,
  model: LanguageModel,
  observer: Pick<PipelineObserver, 'tokensUsed'>,
  signal: AbortSignal,
): Promise<Note> {
  const assets = context.excerpts.filter(({ source }) => source === 'inventory');
  const prompt = buildPrompt(ticket, [
    ...mostRelevant(context.excerpts.filter((one) => !assets.includes(one))),
    ...assets,
  ]);
  const answer = await model.complete(prompt, signal);
  observer.tokensUsed(model.model, answer.promptTokens, answer.completionTokens);
  return toNote(parseAnswer(answer.content), prompt, context);
}

function parseAnswer(content: string): Answer {
  // Endpoints without a JSON mode like to wrap the object in a Markdown fence.
  const json = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(content)?.[1] ?? content;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new EnhancementError('MODEL_ANSWER_INVALID', 'The language model did not answer with JSON.', {
      cause: error,
    });
  }
  const parsed = answerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, code }) => `${path.join('.') || 'answer'} (${code})`).join(', ');
  throw new EnhancementError('MODEL_ANSWER_INVALID', `The language model's answer has the wrong form: ${fields}.`);
}

function toNote({ summary, steps, confidence }: Answer, { sources }: Prompt, context: Context): Note {
  const retrieved = [...sources.values()].map(({ background, detail }) => `${background} ${detail}`).join('\n');
  const clean = (text: string): string => withoutStrangeAddresses(text, retrieved);
  const statements = steps.map(({ text, sources: labels }) => ({
    kind: 'statement' as const,
    text: clean(text),
    sources: [...new Set(labels)].map((label) => sources.get(label)).filter((source) => source !== undefined),
  }));
  const cited = new Set(statements.flatMap((statement) => statement.sources));
  const blocks: Block[] = [{ kind: 'paragraph', text: clean(summary) }, ...statements];
  if (confidence !== undefined) blocks.push({ kind: 'paragraph', text: `Confidence: ${confidence}.` });
  blocks.push(...gaps(context.failed));
  if (cited.size > 0) blocks.push({ kind: 'subheading', text: 'Sources' }, ...[...cited].map(describe));
  return { mode: 'llm', heading: modelHeading, blocks };
}

function describe(source: Excerpt): Block {
  const facts = source.detail === '' ? '' : ` (${source.detail})`;
  return { kind: 'statement', text: `${sourceLabels[source.source]}: ${source.title}${facts}`, sources: [source] };
}

/** An address that stands in no source is one that the model made up, or that the ticket's author talked it into. */
function withoutStrangeAddresses(text: string, retrieved: string): string {
  return text.replace(/\b(?:https?:\/\/|www\.)[^\s<>"')\]]+/gi, (address) =>
    retrieved.includes(address.replace(/[.,;:!?]+$/, '')) ? address : '(address removed)',
  );
}
