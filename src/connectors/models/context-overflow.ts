import { firstOf } from './first-of.js';
import type { Refusal } from './refusal.js';

/**
 * A refusal because the prompt, or prompt and answer together, have more tokens than the model's context, or than the
 * account may send at once. Tokens as the endpoint counts them; undefined if its words do not name them.
 */
export interface Overflow {
  readonly context: number | undefined;
  readonly prompt: number | undefined;
  /** The words speak of the answer too: a smaller limit for it may be enough. */
  readonly withAnswer: boolean;
}

/** Statuses of such a refusal; a 429 with other words is about the rate. */
const statuses: ReadonlySet<number> = new Set([400, 404, 413, 422, 500, 501]);
/** Groq's, which then compares the limit with the context, and Anthropic's, which link to a page about both. */
const limitAlone =
  /(?<!\+ \W?)max_(?:completion_)?tokens\W{1,3}must be (?:less|greater)|budget_tokens\W{1,3}must be less/;
/** Words about the name of the limit, which may go on to say what it limits. */
const unsupportedLimit =
  /(?:unsupported|unknown|unrecognized|unexpected|deprecated)[^.]{0,20}\bmax_\w{0,20}tokens|max_\w{0,20}tokens\W{0,3}[^.,;]{0,20}(?:unsupported|deprecated|not (?:supported|permitted|allowed|recognized))/;
/** Words that name a largest number, which the endpoint takes under the same name. */
const largest = /(?:exceed|maximum|at most|less than|<=)\D{0,40}\d{3}/;
const requestTooLarge = /request (?:body )?too large/;

const certain = [
  /context_length_exceeded|exceed_context_size|tokens_limit_reached|n_ctx|max_seq_len|max_input_tokens/,
  /context.{0,20}(?:length|window|size|limit:)/,
  /(?:prompt|input) (?:(?:is )?too long|exceeds max)/,
  /range of input length|tokens must be at least 1, got -|model token limit|tokens in request|too large for model/,
  /max(?:imum)?(?: number of)? input tokens?/,
  /maximum (?:allowed )?(?:model|prompt|input|sequence|token) length/,
  /reduce (?:the length of )?(?:the |your )?(?:messages?|prompt|input)/,
  /(?:输入|上下文|prompt).{0,8}(?:超出|超过|超长|过长)/,
];
const tokensOfPrompt =
  /in the (?:messages|prompt)|input.{0,3} (?:tokens?|must)|prompt|token count|total tokens|request (?:body )?too large/;
const exceeding =
  /too (?:large|high|many|long)|exceed|maximum|supports up to|less than|greater than|longer than|larger than|<=|>/;
const answerToo = /output|completion|max_(?:new_)?tokens|either one/;

/** Tried in this order: a maximum is the context, even if another number is called a length. */
const contexts = [
  /\d \+ \d{1,8} > (?<tokens>\d{3,8})(?!\d)/,
  /n_ctx[ :(]{1,3}(?<tokens>\d{3,8})(?!\d)/,
  // A name of a model may have numbers.
  /maximum context length of \S{1,200} is (?<tokens>\d{3,8})(?!\d)/,
  /maximum (?:allowed )?(?:context|model|prompt|input|sequence|token) length\D{0,40}(?<tokens>\d{3,8})(?!\d)/,
  // Ollama names the excess, and MiniMax the code of its error.
  /context.{0,12}(?:length|window|size)(?! by| exceeds limit \()[^\d.]{0,40}(?<tokens>\d{3,8})(?!\d)/,
  /(?<!\d)(?<tokens>\d{3,8}) (?:tokens )?maximum/,
  /(?:must be <= ?|less than |max_seq_len \(?|max of |cannot exceed |allowed \(|max size: ?|limit of |limit is |limit:? |supports up to |\[1, ?)(?<tokens>\d{3,8})(?!\d)/,
];
/** vLLM's bounds, which only repeat context and limit, are no length. */
const prompts = [
  /(?<!\d|at least |bound for )(?<tokens>\d{1,8}) (?:tokens )?(?:(?:in|from) the (?:input|messages|prompt)|of text input|.?inputs?.? tokens|prompt tokens)/,
  /(?:prompt (?:contains|has|is)|context limit:|input \(|(?:input|prompt) length \(?|resulted in|token count (?:\(|of |is )?|number of input tokens|in the messages \(|\(length|request \(|too long:|request contains|received|given:|first|current length is|prompt_tokens \(|n_prompt_tokens|n_keep[ :(]{1,3}) ?(?<tokens>\d{2,8})(?!\d| characters)/,
];
/** Prompt and answer together. */
const both = /requested:?(?: tokens)? (?:about |\()?(?<tokens>\d{3,8})(?!\d)(?! (?:output|completion))/;

/** Whether the endpoint knows the limit of the answer under another name. */
export const isUnsupportedLimit = (named: string): boolean => unsupportedLimit.test(named) && !largest.test(named);

/** @param sentOutputTokens the limit of the answer that was sent; some endpoints count it as requested */
export function overflowIn({ status, named }: Refusal, sentOutputTokens: number): Overflow | undefined {
  if (!statuses.has(status) && !(status === 429 && requestTooLarge.test(named))) return undefined;
  if (limitAlone.test(named) || isUnsupportedLimit(named)) return undefined;
  const isOverflow =
    status === 413 ||
    certain.some((pattern) => pattern.test(named)) ||
    (/token/.test(named) && tokensOfPrompt.test(named) && exceeding.test(named));
  if (!isOverflow) return undefined;
  const requested = numberIn(named, [both]);
  const rest = requested === undefined || requested <= sentOutputTokens ? undefined : requested - sentOutputTokens;
  return {
    context: numberIn(named, contexts),
    prompt: numberIn(named, prompts) ?? rest,
    withAnswer: answerToo.test(named),
  };
}

function numberIn(named: string, patterns: readonly RegExp[]): number | undefined {
  const tokens = firstOf(patterns, (pattern) => pattern.exec(named)?.groups?.['tokens']);
  return tokens === undefined ? undefined : Number(tokens);
}
