import { estimateTokens, type ModelRequest } from '../../enhancement/index.js';

/** The messages of a request. */

export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/**
 * @param mostPromptTokens of all messages together, by our estimate; undefined: the request is sent whole
 * @returns `mostTokens`: tokens that are left for the request itself
 */
export function turnsWithin(
  mostPromptTokens: number | undefined,
  request: ModelRequest,
): { readonly turns: readonly Turn[]; readonly mostTokens: number | undefined } {
  if (mostPromptTokens === undefined || request.within === undefined)
    return { turns: turnsOf(request), mostTokens: undefined };
  const mostTokens = mostPromptTokens - estimateTokens(request.repair?.answer ?? '');
  const { system, user } = request.within(mostTokens);
  return { turns: turnsOf({ ...request, system, user }), mostTokens };
}

/** Tokens by our estimate. */
export function tokensOf(turns: readonly Turn[]): number {
  return turns.reduce((sum, { content }) => sum + estimateTokens(content), 0);
}

function turnsOf({ system, user, repair }: Pick<ModelRequest, 'system' | 'user' | 'repair'>): Turn[] {
  const turns: Turn[] = [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
  if (repair === undefined) return turns;
  // An empty message is refused by some endpoints.
  if (repair.answer !== '') turns.push({ role: 'assistant', content: repair.answer });
  else turns.pop();
  const request = `Your answer ${repair.problem}. Answer again, with the JSON object and nothing else.`;
  const content = repair.answer === '' ? `${user}\n\n${request}` : request;
  return [...turns, { role: 'user', content }];
}
