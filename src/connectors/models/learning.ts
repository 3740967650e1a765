import type { RefusedParameter } from '../../enhancement/index.js';
import { isUnsupportedLimit, type Overflow, overflowIn } from './context-overflow.js';
import type { Dialect } from './dialect.js';
import type { Refusal } from './refusal.js';
import {
  isAboutAccount,
  isAboutContent,
  isAboutKey,
  isAboutRate,
  isAboutRouting,
  isPassing,
  leavesNoForm,
} from './refusal-kinds.js';

export interface Lesson {
  readonly parameter: RefusedParameter;
  readonly dialect: Dialect;
  /** The refusal is about the length of this prompt: the limit is right for this request alone. */
  readonly forThisRequest?: true;
  /** The refusal does not say that a parameter was refused. */
  readonly isGuess?: boolean;
}

/** What was refused, in tokens. */
export interface Sent {
  /** The limit of the answer. */
  readonly outputTokens: number;
  /** Of the whole prompt, by our estimate. */
  readonly promptTokens: number;
}

/** Statuses with which endpoints refuse a parameter; `confused` ones count only if the parameter is named. */
const refusing: ReadonlySet<number> = new Set([400, 404, 405, 409, 415, 416, 422]);
const confused: ReadonlySet<number> = new Set([500, 501]);

const tokenLimitNames = /max_tokens|max_completion_tokens|maxtokens|max_new_tokens|max_output_tokens/;
/** Reasoning needs more than the limit. */
const tooSmall =
  /max_\w{0,20}tokens\W{1,3}must be greater than|budget_tokens\W{1,3}must be less than|higher max_\w{0,20}tokens/;
const tooLarge =
  /too (?:large|high|big|many|long)|at most|at least|exceed|maximum|less than|greater than|range|must be (?:between|in)|<=|>|larger than/;
const formatNames =
  /response.?(?:format|schema|mime)|json.?(?:schema|object|mode|validate)|structured.?output|guided|grammar|constrained|\b(?:output_)?format\b/;
/** Gateways make a tool or a schema of their own of the format. Failures of a server have such words, too. */
const madeOfFormat = /schema|\btools?\b|tool_choice|function.?call/;
/** Not `upstream`, which routers mention. */
const streamOnly = /(?<!up|down)stream/;
const systemNames =
  /system.{0,12}(?:role|message|prompt|instruction)|role.{0,40}system|developer.{0,12}(?:instruction|message)|only user.{0,8}assistant|'system' is not one of|role.{0,60}user.{0,8}assistant|roles must alternate/;

interface Rule {
  readonly parameter: RefusedParameter;
  applies(refusal: Refusal): boolean;
  /** Alternatives in this order; refused ones are left out. */
  alternatives(dialect: Dialect, named: string, sentTokens: number): readonly Dialect[];
}

const fewestTokens = 256;

function isTooManyTokens({ named }: Refusal): boolean {
  return /token/.test(named) && tooLarge.test(named) && !tooSmall.test(named) && !isUnsupportedLimit(named);
}

const rules: readonly Rule[] = [
  {
    parameter: 'output_tokens',
    applies: ({ named }) => tooSmall.test(named),
    alternatives: (dialect) => [{ ...dialect, largeBudget: true }],
  },
  {
    parameter: 'output_tokens',
    applies: isTooManyTokens,
    alternatives(dialect, named, sentTokens) {
      const most = smallerLimit(named, sentTokens);
      return most < fewestTokens || dialect.tokenLimit === 'none' ? [] : [{ ...dialect, mostOutputTokens: most }];
    },
  },
  {
    parameter: 'token_limit',
    applies: ({ named }) => tokenLimitNames.test(named),
    alternatives: (dialect) =>
      (['max_completion_tokens', 'max_tokens', 'none'] as const).map((tokenLimit) => ({ ...dialect, tokenLimit })),
  },
  {
    parameter: 'temperature',
    applies: ({ named }) => /temperature/.test(named),
    alternatives: (dialect) => (dialect.temperature ? [{ ...dialect, temperature: false }] : []),
  },
  {
    parameter: 'system_message',
    applies: ({ named }) => systemNames.test(named),
    alternatives: (dialect) => (dialect.systemMessage ? [{ ...dialect, systemMessage: false }] : []),
  },
  {
    parameter: 'response_format',
    applies: (refusal) =>
      formatNames.test(refusal.named) ||
      (refusing.has(refusal.status) && madeOfFormat.test(refusal.named) && !leavesNoForm(refusal)),
    alternatives: (dialect) =>
      dialect.responseFormat === 'none'
        ? []
        : (['json_object', 'json_schema', 'none'] as const).map((responseFormat) => ({ ...dialect, responseFormat })),
  },
  {
    parameter: 'stream',
    applies: ({ named }) => streamOnly.test(named),
    alternatives: (dialect) => [{ ...dialect, stream: !dialect.stream }],
  },
];

/** A note has about 600 tokens. With less room than this for the answer, a shorter prompt is better than a shorter answer. */
const usefulTokens = 1000;
/** Share of the context that is kept for the answer if the prompt has to be shortened. */
const answerShare = 1 / 4;
/** Margins, because tokenizers differ from our estimate; larger if the endpoint does not name the tokens of the prompt. */
const margin = { told: 0.95, untold: 0.75 };
/** A shorter prompt has no room for the instructions, the ticket and a passage. */
const fewestPromptTokens = 700;

/** The lesson from a context that is too small: a smaller limit for this answer if that is enough, else shorter prompts. */
function fromOverflow({ context, prompt, withAnswer }: Overflow, dialect: Dialect, sent: Sent): Lesson | undefined {
  const isLimited = dialect.tokenLimit !== 'none';
  const half = Math.floor(sent.outputTokens / 2);
  const least = Math.max(fewestTokens, Math.min(usefulTokens, half));
  const guess = withAnswer && half >= (context ?? Number.POSITIVE_INFINITY) * answerShare ? half : 0;
  const room = context === undefined || prompt === undefined ? guess : context - prompt;
  if (isLimited && room >= least && room < sent.outputTokens)
    return { parameter: 'output_tokens', dialect: { ...dialect, mostOutputTokens: room }, forThisRequest: true };
  const { promptTokens } = sent;
  if (context === undefined) return withPrompt(dialect, promptTokens / 2, promptTokens);
  const answer = Math.min(sent.outputTokens, Math.floor(context * answerShare));
  const scale = prompt === undefined ? margin.untold : (promptTokens / prompt) * margin.told;
  const shortened = withPrompt(dialect, (context - answer) * scale, promptTokens);
  const mostOutputTokens = Math.min(answer, dialect.mostOutputTokens ?? answer);
  if (shortened === undefined || !isLimited || mostOutputTokens < fewestTokens) return shortened;
  return { ...shortened, dialect: { ...shortened.dialect, mostOutputTokens } };
}

/** Below this share of our estimate the prompt was cut: no tokenizer makes so few tokens. */
const leastRead = 0.4;

/**
 * Whether a server has read only a part of a prompt. Some servers cut a prompt that exceeds their context, and only the number of
 * its tokens shows it.
 *
 * @param toldTokens of the prompt, as the endpoint counts; 0: unknown
 * @param promptTokens of the prompt, by our estimate
 */
export function seemsCut(toldTokens: number, promptTokens: number): boolean {
  return toldTokens > 0 && toldTokens < promptTokens * leastRead;
}

/**
 * The dialect whose prompts such a server reads completely. Undefined: they would be too short, or the server counts only the
 * tokens that it has not cached.
 */
export function afterCutPrompt(dialect: Dialect, toldTokens: number, promptTokens: number): Dialect | undefined {
  return withPrompt(dialect, toldTokens * margin.untold, promptTokens)?.dialect;
}

/** Shorter than the refused prompt in any case. */
function withPrompt(dialect: Dialect, most: number, refused: number): Lesson | undefined {
  const mostPromptTokens = Math.floor(Math.min(most, refused * margin.untold));
  if (mostPromptTokens < fewestPromptTokens) return undefined;
  return { parameter: 'prompt', dialect: { ...dialect, mostPromptTokens } };
}

/** The largest number in the words below what was sent, which is usually the limit; else half of what was sent. */
function smallerLimit(named: string, sentTokens: number): number {
  const numbers = [...named.matchAll(/(?<!\d)\d{3,7}(?!\d)/g)].map(([digits]) => Number(digits));
  const fitting = numbers.filter((number) => number < sentTokens && number >= fewestTokens);
  return fitting.length === 0 ? Math.floor(sentTokens / 2) : Math.max(...fitting);
}

/**
 * The dialect to try after a refusal: without the parameter that the endpoint's words name, or with another form of it.
 * If they name none, the plainest request is next.
 *
 * @param refused names of the dialects that were refused before, by {@link nameOf}
 * @returns undefined when no other form would be accepted
 */
export function learnFrom(
  refusal: Refusal,
  dialect: Dialect,
  refused: ReadonlySet<string>,
  sent: Sent,
): Lesson | undefined {
  if (isAboutContent(refusal) || isAboutAccount(refusal) || isAboutKey(refusal)) return undefined;
  const overflow = overflowIn(refusal, sent.outputTokens);
  if (overflow !== undefined) return fromOverflow(overflow, dialect, sent);
  const { status, named } = refusal;
  if (isAboutRate(refusal) || (!refusing.has(status) && !confused.has(status))) return undefined;
  for (const { parameter, applies, alternatives } of rules) {
    if (!applies(refusal)) continue;
    const next = alternatives(dialect, named, sent.outputTokens).find((one) => !refused.has(nameOf(one)));
    if (next !== undefined) return { parameter, dialect: next };
  }
  const isParameter = /parameter/.test(named);
  const mayBeParameter = isParameter || status === 400 || status === 422 || isAboutRouting(refusal);
  if (!mayBeParameter || leavesNoForm(refusal) || isPassing(refusal)) return undefined;
  const plain: Dialect = { ...dialect, responseFormat: 'none', temperature: false };
  const plainest: Dialect = { ...plain, tokenLimit: 'none', systemMessage: false };
  const next = [plain, plainest].find((one) => !refused.has(nameOf(one)));
  return next && { parameter: 'unnamed', dialect: next, isGuess: !isParameter };
}

/** The same for equal dialects. */
export function nameOf(dialect: Dialect): string {
  return JSON.stringify(Object.entries(dialect).sort(([a], [b]) => (a < b ? -1 : 1)));
}
