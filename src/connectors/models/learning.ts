import type { RefusedParameter } from '../../enhancement/index.js';
import type { Dialect } from './dialect.js';
import type { Refusal } from './refusal.js';

export interface Lesson {
  readonly parameter: RefusedParameter;
  readonly dialect: Dialect;
  /** The refusal is about the length of this prompt: the limit is right for this request alone. */
  readonly forThisRequest?: true;
}

/** Statuses with which endpoints refuse a parameter. Those above 500 are taken for one only if they name it. */
const refusing: ReadonlySet<number> = new Set([400, 404, 405, 409, 415, 422]);
const confused: ReadonlySet<number> = new Set([500, 501]);

/** A refusal of the model, the key, the account or the content: no other form of the request would be taken. */
const ofSomethingElse =
  /model[^.]{0,80}(?:not found|does not exist|doesn't exist|not exist|is not (?:available|supported|loaded))|no such model|unknown model|invalid model|deploymentnotfound|model_not_found|no models? loaded|api.?key|quota|billing|credit|content.?(?:filter|policy|management)|safety/;

/** The prompt and the answer together are longer than the model's context. */
const ofContext = /context.{0,20}(?:length|window|size)|in the (?:messages|prompt)|input.{0,3} tokens|prompt/;
const contextTokens =
  /(?:context.{0,20}(?:length|window|size)[^\d.]{0,40}|must be <= ?|limit of )(?<tokens>\d{3,8})(?!\d)/;
const promptTokens =
  /(?<!\d)(?<before>\d{1,8}) (?:tokens )?(?:in the (?:messages|prompt)|.?inputs?.? tokens|prompt tokens)|prompt (?:contains|has|is) (?<after>\d{1,8})(?!\d)/;

const tokenLimitNames = /max_tokens|max_completion_tokens|maxtokens|max_new_tokens|max_output_tokens/;
const tooLarge =
  /too (?:large|high|big|many|long)|at most|at least|exceed|maximum|less than|greater than|out of range|must be (?:between|in)|<=|>|larger than/;
const formatNames =
  /response.?(?:format|schema)|json.?schema|json.?object|json.?mode|json.?validate|structured.?output|response.?mime|guided|grammar|constrained|\bformat\b/;
/** Not an upstream, which routers tell of. */
const streamOnly = /(?<!up|down)stream/;
const systemNames =
  /system.{0,12}(?:role|message|prompt|instruction)|role.{0,12}system|developer.{0,12}(?:instruction|message)|roles must alternate/;

interface Rule {
  readonly parameter: RefusedParameter;
  applies(named: string): boolean;
  /** In this order; those that were refused are left out. */
  alternatives(dialect: Dialect, named: string, sentTokens: number): readonly Dialect[];
}

const fewestTokens = 256;

function isTooManyTokens(named: string): boolean {
  return /token/.test(named) && tooLarge.test(named) && !/unsupported parameter/.test(named);
}

const rules: readonly Rule[] = [
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
    applies: (named) => tokenLimitNames.test(named),
    alternatives: (dialect) =>
      (['max_completion_tokens', 'max_tokens', 'none'] as const).map((tokenLimit) => ({ ...dialect, tokenLimit })),
  },
  {
    parameter: 'temperature',
    applies: (named) => /temperature/.test(named),
    alternatives: (dialect) => (dialect.temperature ? [{ ...dialect, temperature: false }] : []),
  },
  {
    parameter: 'response_format',
    applies: (named) => formatNames.test(named),
    alternatives: (dialect) =>
      dialect.responseFormat === 'none'
        ? []
        : (['json_object', 'json_schema', 'none'] as const).map((responseFormat) => ({ ...dialect, responseFormat })),
  },
  {
    parameter: 'system_message',
    applies: (named) => systemNames.test(named),
    alternatives: (dialect) => (dialect.systemMessage ? [{ ...dialect, systemMessage: false }] : []),
  },
  {
    parameter: 'stream',
    applies: (named) => streamOnly.test(named),
    alternatives: (dialect) => [{ ...dialect, stream: !dialect.stream }],
  },
];

/** What the model's context has left for the answer; half of what was sent where the words do not tell. */
function roomForAnswer(named: string, sentTokens: number): number {
  const { before, after } = promptTokens.exec(named)?.groups ?? {};
  const room = Number(contextTokens.exec(named)?.groups?.['tokens']) - Number(before ?? after);
  return Number.isNaN(room) || room >= sentTokens ? Math.floor(sentTokens / 2) : room;
}

/** The largest number in the words that is smaller than what was sent, which is the limit in most of them; else half of it. */
function smallerLimit(named: string, sentTokens: number): number {
  const numbers = [...named.matchAll(/(?<!\d)\d{3,7}(?!\d)/g)].map(([digits]) => Number(digits));
  const fitting = numbers.filter((number) => number < sentTokens && number >= fewestTokens);
  return fitting.length === 0 ? Math.floor(sentTokens / 2) : Math.max(...fitting);
}

/**
 * The dialect to try after a refusal: without the parameter that the endpoint's words name, or with another form of it.
 * Words that name none are followed by the plainest request.
 *
 * @param refused names of the dialects that were refused before, by {@link nameOf}
 * @param sentTokens the limit that was sent
 * @returns undefined when no other request would be taken
 */
export function learnFrom(
  { status, named }: Refusal,
  dialect: Dialect,
  refused: ReadonlySet<string>,
  sentTokens: number,
): Lesson | undefined {
  if (!refusing.has(status) && !confused.has(status)) return undefined;
  if (isTooManyTokens(named) && ofContext.test(named)) {
    const mostOutputTokens = roomForAnswer(named, sentTokens);
    return mostOutputTokens < fewestTokens || dialect.tokenLimit === 'none'
      ? undefined
      : { parameter: 'output_tokens', dialect: { ...dialect, mostOutputTokens }, forThisRequest: true };
  }
  for (const { parameter, applies, alternatives } of rules) {
    if (!applies(named)) continue;
    const next = alternatives(dialect, named, sentTokens).find((one) => !refused.has(nameOf(one)));
    if (next !== undefined) return { parameter, dialect: next };
  }
  const mayBeParameter = status === 400 || status === 422 || /parameter/.test(named);
  if (!mayBeParameter || ofSomethingElse.test(named)) return undefined;
  const plain: Dialect = { ...dialect, responseFormat: 'none', temperature: false };
  const plainest: Dialect = { ...plain, tokenLimit: 'none', systemMessage: false };
  const next = [plain, plainest].find((one) => !refused.has(nameOf(one)));
  return next && { parameter: 'unnamed', dialect: next };
}

/** The same for equal dialects. */
export function nameOf(dialect: Dialect): string {
  return JSON.stringify(Object.entries(dialect).sort(([a], [b]) => (a < b ? -1 : 1)));
}
