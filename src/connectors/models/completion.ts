import { setImmediate as nextTurn } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { cutTo } from '../../enhancement/index.js';
import { parseBoundedJson } from '../../json/bounded-json.js';
import type { HttpAnswer } from '../http-exchange.js';
import { oneLine, type Refusal, refusalIn } from './refusal.js';

/** What an endpoint answered, whatever it wrapped it in. */
export type Completion =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** The budget ended before the answer did. */
      readonly cutOff: boolean;
      readonly promptTokens: number;
      readonly completionTokens: number;
    }
  /** Routers send the refusal of the endpoint behind them with HTTP 200. */
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  /** The model, or a filter before it, does not answer this request. */
  | { readonly kind: 'declined'; readonly words: string }
  | { readonly kind: 'foreign' };

/**
 * Tokens of one answer, as the endpoint counts them. Anything but an integer in this range counts as 0, and the rest of
 * the answer is used: a counter that was increased by 1e300 once shows nothing any more. The largest context windows
 * have 2 million tokens.
 */
const tokenCount = z.int().min(0).max(10_000_000).catch(0);
const usageSchema = z
  .object({ prompt_tokens: tokenCount, completion_tokens: tokenCount })
  .catch({ prompt_tokens: 0, completion_tokens: 0 });

const mostParts = 100;
const text = z.string().catch('');
/** Text, or the parts of a multimodal message, those with reasoning left out. */
const contentSchema = z
  .union([
    z.string(),
    cutTo(mostParts, z.array(z.object({ type: text, text: z.string() }).catch({ type: '', text: '' }))).transform(
      (parts) => parts.map((part) => (/reason|think/.test(part.type) ? '' : part.text)).join(''),
    ),
    // Some endpoints parse the JSON that they were asked for.
    z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
  ])
  .catch('');

/** Gateways that know no response format have the model call a tool with the answer. */
const callSchema = z.object({ function: z.object({ arguments: text }) }).catch({ function: { arguments: '' } });
const callsSchema = cutTo(1, z.array(callSchema))
  .transform(([call]) => call?.function.arguments ?? '')
  .catch('');

const noMessage = { content: '', reasoning_content: '', reasoning: '', refusal: '', tool_calls: '' };
const messageSchema = z
  .object({ content: contentSchema, reasoning_content: text, reasoning: text, refusal: text, tool_calls: callsSchema })
  .catch(noMessage);
type Message = z.infer<typeof messageSchema>;

const choiceSchema = z.object({
  message: messageSchema.optional(),
  /** Of a stream. */
  delta: messageSchema.optional(),
  /** Of the older completions. */
  text: z.string().optional().catch(undefined),
  finish_reason: text,
});
// One was asked for.
const completionSchema = z.object({
  choices: cutTo(1, z.array(choiceSchema).min(1)),
  usage: usageSchema,
});

/** Never throws. Judges by what the answer says: its media type is wrong too often to tell anything. */
export async function readCompletion({
  contentType,
  text: body,
}: Pick<HttpAnswer, 'contentType' | 'text'>): Promise<Completion> {
  if (contentType === 'text/html') return { kind: 'foreign' };
  if (contentType === 'text/event-stream' || /^\s{0,100}(?:data|event|id|:)[: ]/.test(body)) return readStream(body);
  const value = parsed(body);
  const refusal = refusalOf(value);
  if (refusal !== undefined) return { kind: 'refusal', refusal };
  const completion = completionSchema.safeParse(value).data;
  const choice = completion?.choices[0];
  if (completion === undefined || choice === undefined) return { kind: 'foreign' };
  const message = choice.message ?? choice.delta ?? { ...noMessage, content: choice.text ?? '' };
  if (choice.message === undefined && choice.delta === undefined && choice.text === undefined)
    return { kind: 'foreign' };
  return completionOf(message, choice.finish_reason, completion.usage);
}

function completionOf(message: Message, finish: string, usage: z.infer<typeof usageSchema>): Completion {
  const cutOff = finish === 'length' || finish === 'max_tokens';
  const answer = message.content.trim() === '' ? message.tool_calls : message.content;
  if (answer.trim() === '') {
    if (message.refusal !== '') return { kind: 'declined', words: oneLine(message.refusal) };
    if (finish === 'content_filter') return { kind: 'declined', words: 'its content filter refused the answer' };
  }
  // Where a server takes everything for reasoning, the answer stands there. Reasoning that was cut off has none.
  const reasoning = cutOff ? '' : message.reasoning_content || message.reasoning;
  return {
    kind: 'text',
    text: answer.trim() === '' ? reasoning : answer,
    cutOff,
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
  };
}

const failedSchema = z.object({
  error: z.union([z.string().min(1), z.looseObject({})]),
  choices: z.undefined().optional(),
});
const failedChoiceSchema = z.object({ choices: cutTo(1, z.array(z.object({ error: z.looseObject({}) })).min(1)) });
const codeSchema = z.object({ code: z.coerce.number().int().min(400).max(599) });

function refusalOf(value: unknown): Refusal | undefined {
  const error =
    failedSchema.safeParse(value).data?.error ?? failedChoiceSchema.safeParse(value).data?.choices[0]?.error;
  if (error === undefined) return undefined;
  return refusalIn(error, codeSchema.safeParse(error).data?.code ?? 502);
}

/** The loop is free again after this, milliseconds. */
const longestTurnMs = 5;

/** Server-sent events, each a part of the answer. */
async function readStream(body: string): Promise<Completion> {
  const parts: Message[] = [];
  let finish = '';
  let usage = { prompt_tokens: 0, completion_tokens: 0 };
  let events = 0;
  let turnBeganMs = performance.now();
  for (let start = 0, end = 0; start < body.length; start = end + 1) {
    end = body.indexOf('\n', start);
    if (end === -1) end = body.length;
    if (performance.now() - turnBeganMs > longestTurnMs) {
      await nextTurn();
      turnBeganMs = performance.now();
    }
    if (!body.startsWith('data:', start)) continue;
    const value = parsed(body.slice(start + 'data:'.length, end));
    const refusal = refusalOf(value);
    if (refusal !== undefined) return { kind: 'refusal', refusal };
    const event = eventSchema.safeParse(value).data;
    if (event === undefined) continue;
    events += 1;
    const [choice] = event.choices;
    const message = choice?.delta ?? choice?.message;
    if (message !== undefined) parts.push(message);
    if (choice !== undefined && choice.finish_reason !== '') finish = choice.finish_reason;
    if (event.usage.prompt_tokens + event.usage.completion_tokens > 0) usage = event.usage;
  }
  if (events === 0) return { kind: 'foreign' };
  const joined = (key: keyof Message): string => parts.map((part) => part[key]).join('');
  const whole = {
    content: joined('content'),
    reasoning_content: joined('reasoning_content'),
    reasoning: joined('reasoning'),
    refusal: joined('refusal'),
    tool_calls: joined('tool_calls'),
  };
  return completionOf(whole, finish, usage);
}

/** The last event of a stream may have the usage alone. */
const eventSchema = z.object({ choices: cutTo(1, z.array(choiceSchema)), usage: usageSchema });

function parsed(json: string): unknown {
  try {
    return parseBoundedJson(json);
  } catch {
    return undefined;
  }
}
