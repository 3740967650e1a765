import { describe, expect, it } from '@jest/globals';
import { bestOrder, foundIn, orderOf } from '../../../bench/rerank/orders.js';
import { cosine, textsIn } from '../../../bench/rerank/sentence-encoder.js';
import { createDelimiter } from '../../../src/enhancement/delimiter.js';
import type { LanguageModel } from '../../../src/enhancement/index.js';

const documents = Array.from({ length: 15 }, (_, i) => ({
  id: `D${i}`,
  title: '',
  text: `The tunnel drops. ${'It is slow. '.repeat(i)}`,
}));
const question = { subject: 'tunnel drops', description: '', relevant: new Set(['D9', 'D2', 'D14']) };
const found = await foundIn({ name: 'test', kind: 'test', documents, questions: [question] }, 10).then(([one]) => one);
if (found === undefined) throw new Error('nothing was found');

const model = (complete: LanguageModel['complete']): LanguageModel => ({
  model: 'test',
  timeoutMs: 1000,
  blocked: () => undefined,
  complete,
});
const answer = (content: string) => async () => ({ content, cutOff: false, promptTokens: 70, completionTokens: 5 });

describe('bench:rerank', () => {
  it('takes the ten best of what retrieval finds, and leaves the others behind them', () => {
    expect(found.excerpts.map(({ id }) => id)).toEqual(found.ranked.slice(0, 10));
    expect(found.ranked).toHaveLength(15);
  });

  it('knows the best order of these ten', () => {
    const best = bestOrder(found);
    const relevant = found.ranked.slice(0, 10).filter((id) => question.relevant.has(id));
    expect(best.slice(0, relevant.length)).toEqual(relevant);
    expect(best.slice(10)).toEqual(found.ranked.slice(10));
    expect([...best].sort()).toEqual([...found.ranked].sort());
  });

  it('gives the order of a model, with its time and tokens', async () => {
    const { ranked, tokens, seconds, failure } = await orderOf(model(answer('{"order":["S10","S2"]}')), found);
    const [first, second, ...rest] = found.ranked;
    expect(ranked).toEqual([found.ranked[9], second, first, ...rest.filter((id) => id !== found.ranked[9])]);
    expect(tokens).toBe(75);
    expect(seconds).toBeGreaterThanOrEqual(0);
    expect(failure).toBeUndefined();
  });

  it('tells why a model’s order was not used', async () => {
    const ordered = await orderOf(
      model(() => Promise.reject(new Error('overloaded'))),
      found,
    );
    expect(ordered).toMatchObject({ ranked: found.ranked, failure: new Error('overloaded') });
  });

  it('takes texts for the more alike, the smaller the angle between their vectors', () => {
    expect(
      [cosine([1, 2], [2, 4]), cosine([1, 0], [0, 3]), cosine([1, 1], [1, 0])].map((one) => one.toFixed(3)),
    ).toEqual(['1.000', '0.000', '0.707']);
  });

  it('gives the sentence encoder the texts of the prompt', () => {
    const { data } = createDelimiter();
    const prompt = [data('ticket', 'VPN\n\ndrops'), data('S1', 'one\nS2 begin\ntwo'), data('S2', '')].join('\n\n');
    expect([...textsIn(prompt)]).toEqual([
      ['ticket', 'VPN\n\ndrops'],
      ['S1', 'one\nS2 begin\ntwo'],
      ['S2', ''],
    ]);
  });
});
