import { z } from 'zod';
import { cutTo } from '../../enhancement/index.js';
import { asCompletion, countsIn } from './answer-shape.js';
import { isWaitAlone, jsonIn } from './json-in.js';
import { oneLine, type Refusal, readRefusal, refusalIn } from './refusal.js';
import { statusInWords } from './refusal-kinds.js';

/** The answer of an endpoint, independent of its form. */
export type Completion =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** The budget ended before the answer was complete. */
      readonly cutOff: boolean;
      /** Generated tokens, reasoning included. More than `completionTokens` where an endpoint does not count it. */
      readonly spentTokens: number;
      readonly promptTokens: number;
      readonly completionTokens: number;
    }
  /** Also with HTTP 200: routers pass on the refusal of the endpoint behind them. */
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  /** The model, or a filter in front of it, declined this request. */
  | { readonly kind: 'declined'; readonly words: string }
  /** A wait with nothing behind it, which another attempt may not have. */
  | { readonly kind: 'empty' }
  /** The answer of another server, with its words if it has any. */
  | { readonly kind: 'foreign'; readonly words: string };

/**
 * Tokens of one answer, as the endpoint counts them. Anything but an integer in this range counts as 0, and the rest of
 * the answer is used: a single increment of 1e300 would make a counter useless. The largest context windows
 * have 2 million tokens.
 */
const tokenCount = z.int().min(0).max(10_000_000).catch(0);
const countsSchema = z.object({ prompt: tokenCount, completion: tokenCount, total: tokenCount });
const noUsage: z.infer<typeof countsSchema> = { prompt: 0, completion: 0, total: 0 };
const usageSchema = z.unknown().transform(countsIn).pipe(countsSchema).catch(noUsage);

const mostParts = 100;
const text = z.string().catch('');
/** Some endpoints return the requested JSON already parsed, or a single part of a message without its list. */
const textOrObject = z.union([
  z.string(),
  z.object({ type: z.literal('text'), text: z.string() }).transform((part) => part.text),
  z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
]);
/** Parts of a multimodal message; reasoning is left out. */
const partSchema = z
  .union([
    z.string(),
    z.object({ type: text, text: z.string() }).transform((part) => (/reason|think/.test(part.type) ? '' : part.text)),
  ])
  .catch('');
const contentSchema = z
  .union([cutTo(mostParts, z.array(partSchema)).transform((parts) => parts.join('')), textOrObject])
  .catch('');

/** Gateways without response formats have the model call a tool with the answer. */
const callSchema = z.object({ arguments: textOrObject }).transform((call) => call.arguments);
const callsSchema = cutTo(1, z.array(z.object({ function: callSchema })))
  .transform(([call]) => call?.function ?? '')
  .catch('');

/** Reasoning in parts: OpenRouter's `reasoning_details`, LiteLLM's `thinking_blocks`. */
const reasoningPartSchema = z.object({ text, thinking: text }).transform((part) => part.text || part.thinking);
const reasoningPartsSchema = cutTo(mostParts, z.array(reasoningPartSchema.catch('')))
  .transform((parts) => parts.join(''))
  .catch('');

/** Fields with reasoning, in which some servers return the whole answer. */
const reasoningFields = {
  reasoning_content: text,
  reasoning: text,
  reasoning_text: text,
  thinking: text,
  reasoning_details: reasoningPartsSchema,
  thinking_blocks: reasoningPartsSchema,
};

const fieldsSchema = z.object({
  content: contentSchema,
  ...reasoningFields,
  refusal: text,
  tool_calls: callsSchema,
  function_call: callSchema.catch(''),
});
const messageSchema = z
  .union([z.string().transform((content) => fieldsSchema.parse({ content })), fieldsSchema])
  .catch(() => fieldsSchema.parse({}));
const reasoningKeys = z.enum(Object.keys(reasoningFields) as (keyof typeof reasoningFields)[]).options;
type Message = z.infer<typeof messageSchema>;

const choiceSchema = z
  .object({
    message: messageSchema.nullish(),
    /** Streams only. */
    delta: messageSchema.nullish(),
    /** The older completions API. */
    text: z.string().nullish().catch(undefined),
    finish_reason: text,
  })
  .transform(({ message, delta, text: content, finish_reason }) => ({
    messages: [delta, message, ...(content ? [messageSchema.parse({ content })] : [])].filter((one) => !!one),
    finish: finish_reason.toLowerCase(),
  }));
/** A whole completion, or one event of a stream: the last of them may have the usage alone. One choice is requested. */
const eventSchema = z.object({
  choices: z.union([cutTo(1, z.array(choiceSchema)), z.null().transform(() => [])]),
  usage: usageSchema,
});

/** Characters of another server's answer that are read for its words. */
const longestForeign = 20_000;

/** Reads an answer by its content, not by its form. Never throws. */
export async function readCompletion(body: string): Promise<Completion> {
  const parts: Message[] = [];
  let finish = '';
  let usage = noUsage;
  let isCompletion = false;
  let told: Refusal | undefined;
  for await (const value of jsonIn(body)) {
    const failure = failureIn(value);
    if (failure !== undefined) return { kind: 'refusal', refusal: failure };
    const event = eventSchema.safeParse(asCompletion(value)).data;
    const choice = event?.choices[0];
    if (choice === undefined) told ??= saidBy(value);
    if (event === undefined) continue;
    isCompletion = true;
    // A last event may repeat the whole message.
    const message = choice?.messages.find((one) => Object.values(one).some((said) => said !== ''));
    if (message !== undefined) parts.push(message);
    if (choice !== undefined && choice.finish !== '') finish = choice.finish;
    if (event.usage.prompt + event.usage.completion > 0) usage = event.usage;
  }
  if (parts.length === 0 && told !== undefined) return { kind: 'refusal', refusal: told };
  if (isCompletion) return completionOf(parts, finish, usage);
  if (isWaitAlone(body)) return { kind: 'empty' };
  return { kind: 'foreign', words: readRefusal(200, body.slice(0, longestForeign)).words };
}

/** The reasons for the end of an answer, in the words of all vendors. */
const ends = {
  cutOff: /length|max_?\w{0,20}tokens|token_limit|context_window/,
  declined: /filter|safety|refus|recitation|block|prohibited|spii|sensitive|guardrail|moderation/,
  failed: /error|abort|cancel|insufficient|overload|timeout/,
};

function completionOf(parts: readonly Message[], finish: string, usage: typeof noUsage): Completion {
  const joined = (key: keyof Message): string => parts.map((part) => part[key]).join('');
  const firstOf = (...keys: (keyof Message)[]): string => keys.map(joined).find((said) => said.trim() !== '') ?? '';
  const cutOff = ends.cutOff.test(finish);
  const answer = firstOf('content', 'tool_calls', 'function_call');
  const words = `finish_reason ${oneLine(finish)}`;
  // Its text is incomplete, and another attempt may be complete.
  if (ends.failed.test(finish)) return { kind: 'refusal', refusal: { status: 503, words, named: '', isInBody: true } };
  const refusal = joined('refusal');
  if (answer === '' && refusal !== '') return { kind: 'declined', words: oneLine(refusal) };
  if (answer === '' && ends.declined.test(finish)) return { kind: 'declined', words };
  return {
    kind: 'text',
    // Some servers return the whole answer as reasoning. Reasoning that was cut off contains no answer.
    text: answer === '' && !cutOff ? firstOf(...reasoningKeys) : answer,
    cutOff,
    spentTokens: Math.max(usage.completion, usage.total - usage.prompt),
    promptTokens: usage.prompt,
    completionTokens: usage.completion,
  };
}

/** Some gateways send an empty field with each answer. */
const errorSchema = z.union([
  z.string().min(1),
  z.looseObject({}).refine((error) => Object.values(error).some((value) => Boolean(value))),
]);
const failedSchema = z.looseObject({ error: errorSchema });
const failedChoiceSchema = z.looseObject({ choices: cutTo(1, z.array(failedSchema).min(1)) });

/** The error of the answer, or of its choice. */
function failureIn(value: unknown): Refusal | undefined {
  const failed = failedSchema.safeParse(value).data ?? failedChoiceSchema.safeParse(value).data?.choices[0];
  return failed && refusalOf(failed.error, failed);
}

/** Reads a value without a choice. */
function saidBy(value: unknown): Refusal | undefined {
  const refusal = refusalOf(value, value);
  return refusal.words === '' ? undefined : refusal;
}

const codeSchema = z.coerce.number().int().min(400).max(599);
/** Fields of an error that are read. */
const mostFields = 50;

function refusalOf(...told: [error: unknown, around: unknown]): Refusal {
  const refusal = refusalIn(told[0], 502);
  const codes = told
    .flatMap((one) => (typeof one === 'object' && one !== null ? Object.entries(one).slice(0, mostFields) : []))
    .flatMap(([key, value]) => (/code|status/i.test(key) ? (codeSchema.safeParse(value).data ?? []) : []));
  const status = codes[0] ?? statusInWords(refusal.named) ?? 502;
  return { ...refusal, status, isInBody: true };
}
