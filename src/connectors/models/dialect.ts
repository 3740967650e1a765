import { z } from 'zod';
import type { Turn } from './turns.js';

/**
 * The form of request that one endpoint accepts for one model. OpenAI-compatible endpoints differ in the parameters that they
 * accept, and refuse a request for one that they do not know.
 */
export const dialectSchema = z.object({
  /** The name of the parameter that limits the answer. */
  tokenLimit: z.enum(['max_tokens', 'max_completion_tokens', 'none']),
  temperature: z.boolean(),
  responseFormat: z.enum(['json_schema', 'json_object', 'none']),
  /** False: the text of the system message precedes that of the user. */
  systemMessage: z.boolean(),
  /** Some models answer only as a stream. */
  stream: z.boolean(),
  /** The model needed more than the usual budget, as reasoning models do. */
  largeBudget: z.boolean(),
  /** Largest limit that the endpoint accepts, tokens. */
  mostOutputTokens: z.int().min(1).optional(),
  /** Longest prompt that fits the model's context, tokens by our estimate. */
  mostPromptTokens: z.int().min(1).optional(),
});
export type Dialect = z.infer<typeof dialectSchema>;

/** The first form to try: accepted by most endpoints, with the strictest form of an answer. */
export const firstDialect: Dialect = {
  tokenLimit: 'max_tokens',
  temperature: true,
  responseFormat: 'json_schema',
  systemMessage: true,
  stream: false,
  largeBudget: false,
};

/** How much larger the budget is after an answer that was cut off. */
const largeBudgetFactor = 4;

/** Tokens that the answer may take, reasoning included. */
export function outputTokens({ largeBudget, mostOutputTokens }: Dialect, maxTokens: number): number {
  const wanted = largeBudget ? maxTokens * largeBudgetFactor : maxTokens;
  return Math.min(wanted, mostOutputTokens ?? wanted);
}

export interface CompletionRequest {
  readonly model: string;
  readonly turns: readonly Turn[];
  readonly maxTokens: number;
  /** JSON schema of the answer. */
  readonly schema: object;
}

/** The request's body in this dialect. */
export function bodyIn(dialect: Dialect, { model, turns, maxTokens, schema }: CompletionRequest): string {
  const { tokenLimit, temperature, responseFormat, systemMessage, stream } = dialect;
  return JSON.stringify({
    model,
    messages: systemMessage ? turns : withoutSystem(turns),
    ...(tokenLimit === 'none' ? {} : { [tokenLimit]: outputTokens(dialect, maxTokens) }),
    ...(temperature ? { temperature: 0.2 } : {}),
    ...(stream ? { stream: true } : {}),
    ...formatOf(responseFormat, schema),
  });
}

function formatOf(responseFormat: Dialect['responseFormat'], schema: object): object {
  switch (responseFormat) {
    case 'json_schema':
      return { response_format: { type: 'json_schema', json_schema: { name: 'note', strict: true, schema } } };
    case 'json_object':
      return { response_format: { type: 'json_object' } };
    case 'none':
      return {};
  }
}

function withoutSystem(turns: readonly Turn[]): Turn[] {
  const system = turns.filter(({ role }) => role === 'system').map(({ content }) => content);
  const [first, ...rest] = turns.filter(({ role }) => role !== 'system');
  return first === undefined ? [] : [{ ...first, content: [...system, first.content].join('\n\n') }, ...rest];
}

/** For logs and `check`. */
export function describeDialect(dialect: Dialect): string {
  const { tokenLimit, temperature, responseFormat, systemMessage, stream, largeBudget } = dialect;
  const { mostOutputTokens, mostPromptTokens } = dialect;
  const format = { json_schema: 'JSON schema', json_object: 'JSON object', none: 'no response format' }[responseFormat];
  return [
    format,
    tokenLimit === 'none' ? 'no token limit' : tokenLimit,
    temperature ? 'temperature' : 'no temperature',
    ...(systemMessage ? [] : ['no system message']),
    ...(stream ? ['streaming'] : []),
    ...(largeBudget ? ['large budget'] : []),
    ...(mostOutputTokens === undefined ? [] : [`at most ${mostOutputTokens} tokens`]),
    ...(mostPromptTokens === undefined ? [] : [`prompts of at most about ${mostPromptTokens} tokens`]),
  ].join(', ');
}
