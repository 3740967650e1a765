import type { Refusal } from './refusal.js';

/** What a refusal is about, by the endpoint's words. */

const ofSomethingElse =
  /model[^.]{0,80}(?:not found|does not exist|doesn't exist|not exist|is not (?:available|supported|loaded|accessible)|decommissioned|been deprecated)|on-demand throughput|chat\/completions endpoint|not support chat\b|chat template|user location|not supported in your (?:country|region)|no such model|unknown model|(?:in|not a )valid model|model identifier|deploymentnotfound|model_not_found|no models? loaded|api.?key|quota|billing|credit|balance/;
/** A server that lost its model: the same request will be accepted later. */
const ofPassingFailure = /crash|unloaded|channel error|temporarily|overloaded|loading/;
const ofRate = /throttl|rate.?limit|too many requests|too many tokens, please wait/;
const ofRouting = /no (?:allowed )?(?:endpoints?|providers?) (?:are )?(?:found|available)/;
/** An account without money, or a quota that no pause restores. */
const ofAccount =
  /insufficient.{0,3}(?:quota|balance|credit|fund)|balance.{0,12}(?:insufficient|not enough)|exceeded your current quota|usage limits?\b.{0,40}regain|billing.(?:not.active|hard.limit)|(?<!\b(?:for|on|in) (?:(?:this|your|the) )?)(?:account|organization)(?: \S{1,60})? (?:is|has been) (?:not active|suspended|disabled|deactivated|restricted)|credit balance|out of credits|plan and billing|arrearage|余额不足|欠费/;
const ofKey =
  /api.?key.{0,30}(?:not valid|invalid|incorrect|expired|missing|not found|not provided)|(?:invalid|incorrect|expired|missing) api.?key|security token.{0,40}(?:invalid|expired)|authorization failed/;
/** Words of a content filter about the ticket or its sources. */
const ofContent =
  /content.{0,3}(?:filter|polic|management|moderat|exists risk|violat)|inappropriate content|responsibleai|data_inspection|guardrail|moderation|flagged|high risk|safety (?:system|setting|polic|filter)|usage (?:guideline|polic)|敏感/;

const statuses: readonly (readonly [RegExp, number])[] = [
  [/rate.?limit|too many requests|resource.?exhausted|throttl|overload|capacity/, 429],
  [/api.?key|authenticat|unauthori[sz]ed|token.{0,20}expired/, 401],
  [/permission|forbidden/, 403],
  [
    /invalid.?request|invalid.?argument|bad.?request|not.?supported|unsupported|validation|context.{0,3}(?:length|window|size)/,
    400,
  ],
];

/** Some servers answer HTTP 400 to each of their own failures. */
export function isPassing({ status, named }: Refusal): boolean {
  return status === 400 && (ofPassingFailure.test(named) || ofRate.test(named));
}

/** OpenAI answers 429, Anthropic 400; Gemini uses the same words for a limit per minute, and then names a pause. */
export function isAboutAccount({ status, named, pauseMs }: Refusal): boolean {
  return status === 402 || (status >= 400 && status < 500 && pauseMs === undefined && ofAccount.test(named));
}

/** Most endpoints answer 401, Gemini and AWS 400, and some gateways 403. */
export function isAboutKey({ status, named }: Refusal): boolean {
  return status === 401 || ((status === 400 || status === 403) && ofKey.test(named));
}

/** The endpoint does not accept this content in any form. A firewall's page about a policy is of another server. */
export function isAboutContent({ status, named, isPage = false }: Refusal): boolean {
  const mayBe = !isPage && status >= 400 && status < 500 && status !== 401 && status !== 429;
  return mayBe && ofContent.test(named) && !ofRouting.test(named);
}

/** A rate limit with another status than 429; its words mention tokens too. */
export const isAboutRate = ({ named }: Refusal): boolean => ofRate.test(named);

/** A router found no endpoint for this form of the request, or for this model. */
export const isAboutRouting = ({ named }: Refusal): boolean => ofRouting.test(named);

/** About the model, the key or the account: no other form of the request would be accepted. */
export const leavesNoForm = ({ named }: Refusal): boolean => ofSomethingElse.test(named);

/** The HTTP status of an error that names none. */
export const statusInWords = (named: string): number | undefined => statuses.find(([words]) => words.test(named))?.[1];
