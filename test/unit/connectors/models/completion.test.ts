import { describe, expect, it } from '@jest/globals';
import { readCompletion } from '../../../../src/connectors/models/completion.js';
import { readModelAnswer } from '../../../../src/enhancement/model-answer.js';
import { wrappings } from '../../../support/answer-shapes.js';

const read = (body: string, contentType = 'application/json') => readCompletion({ contentType, text: body });

describe('what an endpoint wraps an answer in', () => {
  it.each(wrappings.map(([name, body, contentType = 'application/json']) => [name, body, contentType]))(
    'does not matter: %s',
    async (_, body, contentType) => {
      const completion = await read(body, contentType);
      if (completion.kind !== 'text') throw new Error(completion.kind);
      expect(readModelAnswer(completion.text)).toMatchObject({ kind: 'note', note: { confidence: 'high' } });
      expect(completion.cutOff).toBe(false);
    },
  );

  it('tells that the budget ended before the answer', async () => {
    const message = { content: '', reasoning_content: 'The keys {"summary":"dra' };
    const body = JSON.stringify({ choices: [{ message, finish_reason: 'length' }] });
    expect(await read(body)).toMatchObject({ kind: 'text', text: '', cutOff: true });
  });

  it.each([
    ['an error with HTTP 200', { error: { message: 'Provider returned error', code: 429 } }, 429],
    ['an error within the choice', { choices: [{ error: { message: 'overloaded', code: 503 } }] }, 503],
    ['an error without a code', { error: 'no capacity' }, 502],
  ])('is a refusal: %s', async (_, body, status) => {
    expect(await read(JSON.stringify(body))).toMatchObject({ kind: 'refusal', refusal: { status } });
  });

  it.each([
    ['a refusal', { message: { content: null, refusal: 'I cannot help with that.' }, finish_reason: 'stop' }],
    ['a content filter', { message: { content: '' }, finish_reason: 'content_filter' }],
  ])('tells that the model declined: %s', async (_, choice) => {
    expect(await read(JSON.stringify({ choices: [choice] }))).toMatchObject({ kind: 'declined' });
  });

  it('tells the first words of a refusal that is long', async () => {
    const completion = await read(
      JSON.stringify({ choices: [{ message: { content: '', refusal: 'a '.repeat(5000) } }] }),
    );
    if (completion.kind !== 'declined') throw new Error(completion.kind);
    expect(completion.words.length).toBeLessThanOrEqual(1000);
  });

  it.each(['', '<html>', '[]', '{"choices":[]}', '{"choices":[1]}', '{"choices":[{}]}', 'data: x\n\n', '{"id":1}'])(
    'is none: %s',
    async (body) => {
      expect(await read(body)).toEqual({ kind: 'foreign' });
    },
  );
});
