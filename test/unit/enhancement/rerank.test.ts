import { describe, expect, it } from '@jest/globals';
import type { Excerpt } from '../../../src/enhancement/excerpt.js';
import type { LanguageModel, ModelRequest } from '../../../src/enhancement/ports.js';
import { rerank } from '../../../src/enhancement/rerank.js';
import { estimateTokens } from '../../../src/enhancement/token-estimate.js';
import { articleOf, ticketOf } from '../../support/tickets.js';

const ticket = ticketOf({ description: 'The tunnel drops. '.repeat(1000) });
const excerpt = (id: string, source: Excerpt['source'] = 'knowledge_base'): Excerpt =>
  articleOf({ source, id, title: `Title of ${id}`, quote: `Passage of ${id}. `.repeat(200) });
const found = [excerpt('a'), excerpt('gateway', 'inventory'), excerpt('b'), excerpt('c')];

async function ordered(complete: (request: ModelRequest, signal: AbortSignal) => Promise<string>, excerpts = found) {
  const requests: ModelRequest[] = [];
  const failures: unknown[] = [];
  const model: LanguageModel = {
    model: 'test',
    timeoutMs: 1000,
    blocked: () => undefined,
    async complete(request, signal) {
      requests.push(request);
      return { content: await complete(request, signal), cutOff: false, promptTokens: 1, completionTokens: 1 };
    },
  };
  const observer = { tokensUsed: () => undefined, rerankFailed: (error: unknown) => void failures.push(error) };
  const excerptsInOrder = await rerank(
    { ticket, excerpts, model, timeoutMs: 50, observer },
    new AbortController().signal,
  );
  return { ids: excerptsInOrder.map(({ id }) => id), requests, failures };
}

describe('sources that a model orders', () => {
  it.each([
    ['{"order":["S3","S1","S2"]}', ['c', 'a', 'b', 'gateway']],
    ['```json\n{"order":["S3","S1","S2"]}\n```', ['c', 'a', 'b', 'gateway']],
    ['<think>S1 is about Wi-Fi</think>{"order": "S3, S1, S2"}', ['c', 'a', 'b', 'gateway']],
    ['{"order":["S3"]}', ['c', 'a', 'gateway', 'b']],
    ['{"order":["s2","S9","S2"]}', ['b', 'a', 'gateway', 'c']],
    ['{"order":[2,1]}', ['b', 'a', 'gateway', 'c']],
    ['{"ranking":["S2"]}', ['b', 'a', 'gateway', 'c']],
    ['S3 > S2 > S1', ['c', 'b', 'a', 'gateway']],
  ])('are in the order of its answer, the others behind: %s', async (answer, ids) => {
    expect(await ordered(async () => answer)).toMatchObject({ ids, failures: [] });
  });

  it.each<[string, (request: ModelRequest, signal: AbortSignal) => Promise<string>]>([
    ['it fails', () => Promise.reject(new Error('overloaded'))],
    ['it names none of them', async () => '{"order":["S77"]}'],
    ['its answer is empty', async () => ''],
    [
      'it does not answer in its time',
      (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ],
  ])('stay in the order in which they were found where %s', async (_, complete) => {
    const { ids, requests, failures } = await ordered(complete);
    expect(ids).toEqual(['a', 'gateway', 'b', 'c']);
    expect(requests).toHaveLength(1);
    expect(failures).toHaveLength(1);
  });

  it('are the best ten, in one short request', async () => {
    const many = Array.from({ length: 14 }, (_, i) => excerpt(`k${i}`));
    const { ids, requests } = await ordered(async () => '{"order":["S10","S11"]}', many);
    expect(ids.slice(0, 2)).toEqual(['k9', 'k0']);
    const [request] = requests;
    expect(request?.user).toContain('begin S10');
    expect(request?.user).not.toContain('begin S11');
    expect(estimateTokens(`${request?.system}${request?.user}`)).toBeLessThan(3000);
  });

  it('are not asked for where there is nothing to order', async () => {
    const { requests } = await ordered(async () => '', [excerpt('a'), excerpt('gateway', 'inventory')]);
    expect(requests).toEqual([]);
  });
});
