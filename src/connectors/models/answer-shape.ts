import { firstOf } from './first-of.js';

/**
 * Answers of other APIs than `/chat/completions`, which gateways pass on as they are: Anthropic's `content`, the Responses API's
 * `output`, Gemini's `candidates`, Ollama's `message`, Bedrock's `output.message`, TGI's `generated_text`, and completions in an
 * envelope (`data`, `result`, `response`). A text is recognised by the keys on the way to it.
 */

/** Keys on the way to the text of an answer. */
const way = 'message messages delta content parts candidates output response result data body promptFeedback'.split(
  ' ',
);
/** Keys that hold the text itself; a text under another key may be an error. */
const texts: ReadonlySet<string> = new Set(['output_text', 'text', 'generated_text', 'content', 'response']);
const answerKeys = [...new Set([...texts, ...way])];
const finishKeys = ['finish_reason', 'finishReason', 'stop_reason', 'stopReason', 'done_reason', 'blockReason'];
const usageKeys = ['usage', 'usageMetadata'];
/** Lists of alternatives; one was requested. */
const alternatives: ReadonlySet<string> = new Set(['candidates']);

/** Parts or blocks of one answer that are read. */
const mostParts = 100;
const deepest = 8;

/** Converts an answer to the form of a chat completion; any other value is returned unchanged. */
export function asCompletion(told: unknown): unknown {
  const wrapped = completionIn(told, deepest);
  if (wrapped !== undefined) return wrapped;
  const content = textIn(told, '', deepest);
  const finish_reason = finishIn(told, deepest);
  // Ollama's reasoning, which some models end with the answer.
  const thinking = stringIn(fieldOf(fieldOf(told, 'message'), 'thinking')) ?? stringIn(fieldOf(told, 'thinking'));
  if (content === '' && finish_reason === undefined && thinking === undefined) return told;
  const usage = firstOf(usageKeys, (key) => fieldOf(told, key)) ?? told;
  return { choices: [{ message: { content, thinking }, finish_reason }], usage };
}

function completionIn(value: unknown, depth: number): unknown {
  if (fieldOf(value, 'choices') !== undefined) return value;
  if (depth === 0 || !isObject(value)) return undefined;
  return firstOf(way, (key) => completionIn(fieldOf(value, key), depth - 1));
}

/** @param key under which the value stands */
function textIn(value: unknown, key: string, depth: number): string {
  if (depth === 0) return '';
  if (typeof value === 'string') return texts.has(key) ? value : '';
  if (Array.isArray(value)) {
    const list: unknown[] = value;
    // A conversation ends with the answer.
    const parts = key === 'messages' ? list.slice(-1) : list.slice(0, alternatives.has(key) ? 1 : mostParts);
    return parts.map((part) => textIn(part, key, depth - 1)).join('');
  }
  if (!isObject(value) || !isOfAnswer(value)) return '';
  return firstOf(answerKeys, (inner) => textIn(fieldOf(value, inner), inner, depth - 1) || undefined) ?? '';
}

/** Whether a part is answer text: not reasoning (Gemini's `thought`), a tool's output or the question. */
function isOfAnswer(part: unknown): boolean {
  const [type, role] = ['type', 'role'].map((key) => stringIn(fieldOf(part, key)) ?? '');
  const isOther = /reason|think|tool|error/.test(type ?? '') || /user|system|tool/.test(role ?? '');
  return !isOther && fieldOf(part, 'thought') !== true;
}

function finishIn(value: unknown, depth: number): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (depth === 0 || !isObject(first)) return undefined;
  const own = firstOf(finishKeys, (key) => stringIn(fieldOf(first, key)));
  const incomplete = stringIn(fieldOf(fieldOf(first, 'incomplete_details'), 'reason'));
  return own ?? incomplete ?? firstOf(way, (key) => finishIn(fieldOf(first, key), depth - 1));
}

const countNames = {
  prompt: ['prompt_tokens', 'input_tokens', 'inputTokens', 'promptTokenCount', 'prompt_eval_count'],
  completion: ['completion_tokens', 'output_tokens', 'outputTokens', 'candidatesTokenCount', 'eval_count'],
  total: ['total_tokens', 'totalTokens', 'totalTokenCount'],
} as const;

/** Token counts under the names of all these APIs, not validated. */
export function countsIn(usage: unknown): Readonly<Record<keyof typeof countNames, unknown>> {
  const count = (names: readonly string[]): unknown => firstOf(names, (name) => fieldOf(usage, name));
  return {
    prompt: count(countNames.prompt),
    completion: count(countNames.completion),
    total: count(countNames.total),
  };
}

/** The value of one key, without reading the others, of which there may be 20,000. */
function fieldOf(value: unknown, key: string): unknown {
  return isObject(value) ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
