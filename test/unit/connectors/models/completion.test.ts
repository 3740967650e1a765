import { describe, expect, it } from '@jest/globals';
import { readCompletion } from '../../../../src/connectors/models/completion.js';
import { readModelAnswer } from '../../../../src/enhancement/model-answer.js';
import { wrappings } from '../../../support/answer-shapes.js';

const read = (body: unknown) => readCompletion(typeof body === 'string' ? body : JSON.stringify(body));

describe('what an endpoint wraps an answer in', () => {
  it.each(wrappings)('does not matter: %s', async (_, body) => {
    const completion = await read(body);
    if (completion.kind !== 'text') throw new Error(JSON.stringify(completion));
    expect(readModelAnswer(completion.text)).toMatchObject({ kind: 'note', note: { confidence: 'high' } });
    expect(completion.cutOff).toBe(false);
  });

  it('joins the parts of a stream that end in brackets', async () => {
    const parts = ['{"a":"', '}{', '}', '{"', '"}'].map((content) =>
      JSON.stringify({ choices: [{ delta: { content } }] }),
    );
    expect(await read(parts.map((part) => `data: ${part}\n\n`).join(''))).toMatchObject({ text: '{"a":"}{}{""}' });
  });

  it.each(['length', 'max_tokens', 'MAX_TOKENS', 'model_length', 'max_output_tokens', 'max_completion_tokens'])(
    'tells that the budget ended before the answer: %s',
    async (finish_reason) => {
      const message = { content: '', reasoning_content: 'The keys {"summary":"dra' };
      expect(await read({ choices: [{ message, finish_reason }] })).toMatchObject({
        kind: 'text',
        text: '',
        cutOff: true,
      });
    },
  );

  it.each<[string, object]>([
    ['Anthropic’s', { usage: { input_tokens: 7, output_tokens: 3 } }],
    ['with totals', { usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } }],
    ['Gemini’s', { usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3, totalTokenCount: 10 } }],
    ['Bedrock’s', { usage: { inputTokens: 7, outputTokens: 3, totalTokens: 10 } }],
    ['Ollama’s', { prompt_eval_count: 7, eval_count: 3 }],
  ])('counts tokens under any name: %s', async (_, counts) => {
    expect(await read({ message: { role: 'assistant', content: 'x' }, ...counts })).toMatchObject({
      text: 'x',
      promptTokens: 7,
      completionTokens: 3,
      spentTokens: 3,
    });
  });

  it.each<[string, object]>([
    ['Anthropic’s', { type: 'message', content: [{ type: 'text', text: '{"summ' }], stop_reason: 'max_tokens' }],
    [
      'the Responses API’s',
      {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ type: 'message', content: [{ type: 'output_text', text: '{"summ' }] }],
      },
    ],
    ['Gemini’s', { candidates: [{ content: { parts: [{ text: '{"summ' }] }, finishReason: 'MAX_TOKENS' }] }],
    ['Ollama’s', { message: { content: '{"summ' }, done: true, done_reason: 'length' }],
    ['an envelope’s', { data: { choices: [{ message: { content: '{"summ' }, finish_reason: 'length' }] } }],
  ])('tells that the budget ended before an answer of another shape: %s', async (_, body) => {
    expect(await read(body)).toMatchObject({ kind: 'text', text: '{"summ', cutOff: true });
  });

  it.each([
    ['choices: []', { object: 'chat.completion', choices: [], usage: {} }],
    ['choices: null', { object: 'chat.completion', choices: null }],
    ['a choice alone', { choices: [{}] }],
    ['content: null', { choices: [{ message: { role: 'assistant', content: null }, finish_reason: 'stop' }] }],
    ['message: null', { choices: [{ message: null, finish_reason: 'MALFORMED_FUNCTION_CALL' }] }],
    ['no content', { choices: [{ message: { role: 'assistant' }, finish_reason: null }] }],
    ['a stream without content', 'data: {"choices":[{"delta":{"role":"assistant"},"finish_reason":"stop"}]}\n\n'],
  ])('is an empty answer, for which the model is asked again: %s', async (_, body) => {
    expect(await read(body)).toMatchObject({ kind: 'text', text: '', cutOff: false });
  });

  it.each<[string, unknown, number, string]>([
    [
      'an error with HTTP 200',
      { error: { message: 'Provider returned error', code: 429 } },
      429,
      'Provider returned error',
    ],
    ['a code as text', { error: { message: 'no', code: '503' } }, 503, 'no'],
    ['an error within the choice', { choices: [{ error: { message: 'overloaded', code: 503 } }] }, 503, 'overloaded'],
    [
      'an error beside an empty choice',
      { error: { message: 'upstream', code: 502 }, choices: [{ delta: { content: '' }, finish_reason: 'error' }] },
      502,
      'upstream',
    ],
    ['an error without a code', { error: 'no capacity' }, 429, 'no capacity'],
    ['an error without words', { error: { code: 503 } }, 503, ''],
    [
      'Anthropic’s stream',
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
      429,
      'Overloaded',
    ],
    [
      'a type that says what is wrong',
      { error: { type: 'invalid_request_error', message: 'bad temperature' } },
      400,
      'bad temperature',
    ],
    [
      'a key',
      { error: { message: 'Invalid API key provided', code: 'invalid_api_key' } },
      401,
      'Invalid API key provided',
    ],
    ['vLLM’s', { object: 'error', message: 'guided decoding failed', code: 400 }, 400, 'guided decoding failed'],
    [
      'MiniMax’s',
      { choices: null, base_resp: { status_code: 1004, status_msg: 'login fail: not authenticated' } },
      401,
      'login fail: not authenticated',
    ],
    ['Zhipu’s', { code: 500, msg: '404 NOT_FOUND', success: false }, 500, '404 NOT_FOUND'],
    [
      'Baidu’s',
      { error_code: 18, error_msg: 'Open api qps request limit reached' },
      502,
      'Open api qps request limit reached',
    ],
    ['FastAPI’s', { detail: 'Model is loading' }, 502, 'Model is loading'],
    ['a context that is too small', { error: 'context length exceeded' }, 400, 'context length exceeded'],
    ['words beside an empty envelope', { code: 429, msg: 'busy', data: null }, 429, 'busy'],
    ['words under the name of a message', { message: 'Model is loading' }, 502, 'Model is loading'],
    [
      'an end that is a failure',
      { choices: [{ message: { content: '' }, finish_reason: 'insufficient_system_resource' }] },
      503,
      'finish_reason insufficient_system_resource',
    ],
    [
      'an end that is a failure, within an answer',
      { choices: [{ message: { content: '{"summary":"The keys ex' }, finish_reason: 'error' }] },
      503,
      'finish_reason error',
    ],
  ])('is a refusal: %s', async (_, body, status, words) => {
    expect(await read(body)).toMatchObject({ kind: 'refusal', refusal: { status, words } });
  });

  it.each([
    [
      'a refusal',
      { message: { content: null, refusal: 'I cannot help with that.' }, finish_reason: 'stop' },
      'I cannot help with that',
    ],
    ['a content filter', { message: { content: '' }, finish_reason: 'content_filter' }, 'finish_reason content_filter'],
    [
      'a content filter without a message',
      { finish_reason: 'content_filter', index: 0 },
      'finish_reason content_filter',
    ],
    [
      'Gemini’s own reason',
      { message: { role: 'assistant' }, finish_reason: 'PROHIBITED_CONTENT' },
      'finish_reason prohibited_content',
    ],
    ['Anthropic’s', { message: { content: '' }, finish_reason: 'refusal' }, 'finish_reason refusal'],
  ])('tells that the model declined: %s', async (_, choice, words) => {
    expect(await read({ choices: [choice] })).toEqual({ kind: 'declined', words });
  });

  it.each([
    ['blanks', '\n \n'.repeat(200)],
    ['comments up to the end of a stream', ': OPENROUTER PROCESSING\r\n\r\n'.repeat(9) + 'data: [DONE]\r\n\r\n'],
  ])('tells that a router waited and has nothing to pass on: %s', async (_, body) => {
    expect(await read(body)).toEqual({ kind: 'empty' });
  });

  it.each([
    ['nothing', '', ''],
    ['the end of a stream alone', 'data: [DONE]\n\n', 'data: [DONE]'],
    ['text like a comment', ': hello this is a proxy page', ': hello this is a proxy page'],
  ])('takes for the answer of another server: %s', async (_, body, words) => {
    expect(await read(body)).toEqual({ kind: 'foreign', words });
  });

  it('tells that Gemini declined a prompt, which it answers without a candidate', async () => {
    const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 7 } };
    expect(await read(blocked)).toEqual({ kind: 'declined', words: 'finish_reason prohibited_content' });
  });

  it('tells the first words of a refusal that is long', async () => {
    const completion = await read({ choices: [{ message: { content: '', refusal: 'a '.repeat(5000) } }] });
    if (completion.kind !== 'declined') throw new Error(completion.kind);
    expect(completion.words.length).toBeLessThanOrEqual(1000);
  });

  it.each([
    ['[]', ''],
    ['{"choices":[1]}', ''],
    ['{"id":1}', ''],
    ['{"id":1,"object":"chat.compl', '{"id":1,"object":"chat.compl'],
    ['{"choices":[[[[[[[[[[[[[[[[[[', '{"choices":[[[[[[[[[[[[[[[[[['],
    ['data: x\n\n', 'data: x'],
    [
      '<!doctype html><html><head><title>Sign in</title></head><body><h1>Welcome</h1></body></html>',
      'Sign in; Welcome',
    ],
    ['Ollama is running', 'Ollama is running'],
  ])('is none: %s', async (body, words) => {
    expect(await read(body)).toEqual({ kind: 'foreign', words });
  });
});
