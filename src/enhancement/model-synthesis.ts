import { z } from 'zod';
import { addressesIn, prepareAddresses, withoutUnknownAddresses } from './addresses.js';
import type { Context } from './context.js';
import { cutTo } from './cut-list.js';
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

/** Characters. A wordy answer has 10,000; a longer one than this is refused before it is parsed. */
const longestAnswer = 65_536;
/** Issues of an answer that are told. */
const toldIssues = 3;
const mostSteps = 20;
const mostLabels = 50;

/** Generous: a wordy answer is cut by the note's word limit, an answer without bounds is refused. */
const stepSchema = z.object({
  text: z.string().trim().min(1).max(2000),
  sources: cutTo(mostLabels + 1, z.array(z.string().max(200)).max(mostLabels)).default([]),
});
const answerSchema = z.object({
  summary: z.string().trim().min(1).max(4000),
  steps: cutTo(mostSteps + 1, z.array(stepSchema).max(mostSteps)).default([]),
  confidence: z.enum(['low', 'medium', 'high']).optional(),
});
type Answer = z.infer<typeof answerSchema>;

/**
 * Has the model write the note. What it returns is a stranger's text too: it is validated, citations of anything but
 * the retrieved sources are dropped, and addresses that stand in no cited source are taken out.
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
  const answering = model.complete(prompt, signal);
  prepareAddresses();
  const answer = await answering;
  observer.tokensUsed(model.model, answer.promptTokens, answer.completionTokens);
  return toNote(parseAnswer(answer.content), prompt, context);
}

function parseAnswer(content: string): Answer {
  if (content.length > longestAnswer) {
    throw invalidAnswer(`is longer than ${longestAnswer} characters`);
  }
  let value: unknown;
  try {
    value = JSON.parse(withoutFence(content.trim()));
  } catch (error) {
    throw invalidAnswer('is not JSON', error);
  }
  const parsed = answerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues
    .slice(0, toldIssues)
    .map(({ path, code }) => `${path.join('.') || 'answer'} (${code})`);
  throw invalidAnswer(`has the wrong form: ${wrong.join(', ')}`);
}

function invalidAnswer(what: string, cause?: unknown): EnhancementError {
  return new EnhancementError('MODEL_ANSWER_INVALID', `The language model's answer ${what}.`, {
    cause,
  });
}

const fence = '```';

/** Endpoints without a JSON mode like to wrap the object in a Markdown fence. By index: a pattern would try every line end. */
function withoutFence(content: string): string {
  const lineEnd = content.indexOf('\n');
  if (!content.startsWith(fence) || !content.endsWith(fence) || lineEnd === -1) return content;
  const language = content.slice(fence.length, lineEnd).trim();
  return language === '' || language === 'json' ? content.slice(lineEnd, -fence.length) : content;
}

function toNote({ summary, steps, confidence }: Answer, { sources }: Prompt, context: Context): Note {
  const cited = steps.map(({ sources: labels }) =>
    [...new Set(labels)].map((label) => sources.get(label)).filter((source) => source !== undefined),
  );
  const all = new Set(cited.flat());
  // An address that stands in no cited source is one that the model made up, or that the ticket's author talked it into.
  const known = addressesIn([...all].flatMap(({ background, detail }) => [background, detail]));
  const clean = (text: string): string => withoutUnknownAddresses(text, known);
  const statements = steps.map(({ text }, i) => ({
    kind: 'statement' as const,
    text: clean(text),
    sources: cited[i] ?? [],
  }));
  const blocks: Block[] = [{ kind: 'paragraph', text: clean(summary) }, ...statements];
  if (confidence !== undefined) blocks.push({ kind: 'paragraph', text: `Confidence: ${confidence}.` });
  blocks.push(...gaps(context.failed));
  if (all.size > 0) blocks.push({ kind: 'subheading', text: 'Sources' }, ...[...all].map(describe));
  return { mode: 'llm', heading: modelHeading, blocks };
}

function describe(source: Excerpt): Block {
  const facts = source.detail === '' ? '' : ` (${source.detail})`;
  return { kind: 'statement', text: `${sourceLabels[source.source]}: ${source.title}${facts}`, sources: [source] };
}
