import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ChatCompletionsOptions,
  createChatCompletions,
  createLocalDialectMemory,
} from '../../../../src/connectors/index.js';
import type { LanguageModel } from '../../../../src/enhancement/index.js';
import { modelNote } from '../../../../src/enhancement/model-synthesis.js';
import { buildPrompt } from '../../../../src/enhancement/prompt.js';
import { type LlmServer, type ModelBehaviour, startLlmServer } from '../../../support/llm-server.js';
import { articleOf, ticketOf } from '../../../support/tickets.js';

const apiKey = 'sk-test-key-12345678';
let server: LlmServer;
beforeAll(async () => {
  server = await startLlmServer(apiKey);
});
beforeEach(() => {
  server.requests.length = 0;
  server.behave({ kind: 'good' });
});
afterAll(() => server.close());

const client = (overrides: Partial<ChatCompletionsOptions> = {}) =>
  createChatCompletions({
    baseUrl: server.baseUrl,
    apiKey,
    model: 'test-model',
    timeoutMs: 4000,
    maxOutputTokens: 50,
    ...overrides,
  });
const ask = (model = client(), signal = new AbortController().signal) =>
  model.complete({ system: 'be brief', user: 'why?', schema: {} }, signal);

/** A good answer, for what spoils it. */
const completion = JSON.stringify({ choices: [{ message: { content: '{"summary":"x"}' } }] });
const tooDeep = completion.replace('{', `{"x":${'['.repeat(40)}${']'.repeat(40)},`);

describe('chat completions', () => {
  it('gives the content and the tokens used', async () => {
    const answer = await ask();
    expect(JSON.parse(answer.content)).toMatchObject({ summary: expect.any(String) });
    expect(answer.promptTokens).toBeGreaterThan(0);
    expect(answer.completionTokens).toBeGreaterThan(0);
    expect(server.requests).toMatchObject([{ model: 'test-model', max_tokens: 50 }]);
  });

  it.each([
    ['1e300', 0],
    ['1.7976931348623157e309', 0],
    ['10000001', 0],
    ['9007199254740993', 0],
    ['-1', 0],
    ['1.5', 0],
    ['"12"', 0],
    ['null', 0],
    ['[7]', 0],
    ['10000000', 10_000_000],
    ['7', 7],
  ])('counts only an integer in its range, and uses the answer: %s prompt tokens', async (told, counted) => {
    const choices = '[{"message":{"content":"x"}}]';
    const body = `{"choices":${choices},"usage":{"prompt_tokens":${told},"completion_tokens":3}}`;
    server.behave({ kind: 'body', body });
    expect(await ask()).toEqual({ content: 'x', cutOff: false, promptTokens: counted, completionTokens: 3 });
  });

  it.each(['7', '"x"', 'null', '[]', '{}', '{"prompt_tokens":{}}'])(
    'counts nothing of a usage of %s',
    async (usage) => {
      server.behave({ kind: 'body', body: `{"choices":[{"message":{"content":"x"}}],"usage":${usage}}` });
      expect(await ask()).toEqual({ content: 'x', cutOff: false, promptTokens: 0, completionTokens: 0 });
    },
  );

  it.each<ModelBehaviour[]>([
    [
      { kind: 'status', status: 500 },
      { kind: 'status', status: 503 },
    ],
    [{ kind: 'status', status: 408 }, { kind: 'hang-up' }],
    [{ kind: 'status', status: 429, retryAfterSeconds: 1 }],
  ])('tries again after %j', async (...behaviours) => {
    server.behaveNext(behaviours);
    await ask();
    expect(server.requests).toHaveLength(behaviours.length + 1);
  });

  it('leaves the endpoint alone for as long as it asks', async () => {
    server.behaveNext([{ kind: 'status', status: 429, retryAfterSeconds: 1 }]);
    await ask();
    const [first, second] = server.requests;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it.each([
    [{ 'retry-after-ms': '120' }, 118],
    [{ 'retry-after-ms': '120.5', 'retry-after': '60' }, 118],
    [{ 'x-ms-retry-after-ms': '120' }, 118],
    [{ 'retry-after': '0.12' }, 118],
    [{ 'retry-after': ' 0.12 ' }, 118],
  ])('honours %j', async (headers, leastMs) => {
    server.behaveNext([{ kind: 'status', status: 429, headers }]);
    await ask();
    const [first, second] = server.requests;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(leastMs);
  });

  it('honours a pause that the body of a refusal asks for', async () => {
    const message = 'Rate limit reached for test-model. Please try again in 120ms.';
    server.behaveNext([{ kind: 'refusal', status: 429, message }]);
    await ask();
    const [first, second] = server.requests;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(118);
    // Longer than there is time: it is told, and not waited for.
    server.behaveNext([{ kind: 'refusal', status: 429, message: 'Please try again in 20s.' }]);
    await expect(ask()).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE', retryAfterMs: 20_000 });
    expect(server.requests).toHaveLength(3);
  });

  it('waits for no pause that it quotes from the ticket', async () => {
    const user = 'The kiosk says: please try again in 40 minutes, and nothing happens';
    server.behaveNext([{ kind: 'refusal', status: 503, message: `overloaded: ${user}` }]);
    await client().complete({ system: 'be brief', user, schema: {} }, new AbortController().signal);
    expect(server.requests).toHaveLength(2);
  });

  describe('for a model with a small context', () => {
    const passage = 'Raise the rekey interval of the gateway and connect anew. '.repeat(60);
    const excerpts = ['a', 'b', 'c', 'd'].map((id) => articleOf({ id, quote: passage }));
    const prompt = buildPrompt(ticketOf(), excerpts);
    const complete = (model: LanguageModel) => model.complete(prompt, new AbortController().signal);
    const labelsOf = ({ messages }: { readonly messages: readonly { readonly content: string }[] }) => [
      ...new Set(messages.at(-1)?.content.match(/(?<= begin )S\d+/g)),
    ];

    it('sends fewer sources, learns from one refusal how many fit, and tells what it has sent', async () => {
      server.behave({ kind: 'small-context', tokens: 2600 });
      const refused: string[] = [];
      const dialects = createLocalDialectMemory();
      const model = client({ dialects, onRefused: (parameter) => void refused.push(parameter) });
      const answer = await complete(model);
      expect(server.requests.map(labelsOf)).toEqual([
        ['S1', 'S2', 'S3', 'S4'],
        ['S1', 'S2'],
      ]);
      expect([...prompt.within(answer.within ?? 0).sources.keys()]).toEqual(['S1', 'S2']);
      await complete(model);
      await complete(client({ dialects }));
      expect(server.requests).toHaveLength(4);
      expect(refused).toEqual(['prompt']);
    });

    /** Reads at most so many tokens of a prompt, by four characters each, and tells of `share` of them. */
    const reading = (tokens: number, share = 1): ModelBehaviour => ({ kind: 'cut-prompt', tokens, share });

    it('sends fewer sources where the endpoint reads a part of the prompt and says nothing, and remembers', async () => {
      server.behave(reading(1300));
      const told: string[] = [];
      const dialects = createLocalDialectMemory();
      const model = client({ dialects, onRefused: (_, words) => void told.push(words) });
      await complete(model);
      expect(server.requests.map((one) => labelsOf(one).length)).toEqual([4, 1]);
      expect(told).toEqual([expect.stringMatching(/^It has read 1300 of about \d{4} tokens$/)]);
      await complete(client({ dialects }));
      expect(server.requests.map((one) => labelsOf(one).length)).toEqual([4, 1, 1]);
    });

    it('sends all of them to an endpoint that counts otherwise, after one try', async () => {
      server.behave(reading(100_000, 0.35));
      const model = client();
      await complete(model);
      await complete(model);
      expect(server.requests.map((one) => labelsOf(one).length)).toEqual([4, expect.any(Number), 4]);
    });

    it('shortens the passage where there is room for one only', async () => {
      server.behave({ kind: 'small-context', tokens: 1300 });
      await complete(client());
      const [, second] = server.requests;
      expect(labelsOf(second ?? { messages: [] })).toEqual(['S1']);
      expect(second?.messages.at(-1)?.content).toContain('…');
    });

    it('says what to do where not even the shortest prompt fits', async () => {
      server.behave({ kind: 'small-context', tokens: 300 });
      await expect(complete(client())).rejects.toMatchObject({
        code: 'MODEL_REJECTED',
        message: expect.stringMatching(/exceeds the available context size .* larger context/),
      });
      expect(server.requests.length).toBeLessThanOrEqual(3);
    });
  });

  it('waits for longer than its own time when it is asked to, and the job has the time', async () => {
    const request = { system: 'be brief', user: 'why?', schema: {} };
    const signal = new AbortController().signal;
    const model = client({ timeoutMs: 500 });
    server.behaveNext([{ kind: 'status', status: 429, retryAfterSeconds: 1 }]);
    await model.complete({ ...request, pauseUntilMs: performance.now() + 20_000 }, signal);
    expect(server.requests).toHaveLength(2);
    server.behaveNext([{ kind: 'status', status: 429, retryAfterSeconds: 60 }]);
    const asked = model.complete({ ...request, pauseUntilMs: performance.now() + 20_000 }, signal);
    await expect(asked).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE', retryAfterMs: 60_000 });
    expect(server.requests).toHaveLength(3);
  });

  it('repeats no refused request after a pause that the endpoint asked for', async () => {
    server.behave({ kind: 'no-json-mode' });
    const refused: string[] = [];
    const model = client({ onRefused: (parameter) => void refused.push(parameter) });
    server.behaveNext([
      { kind: 'no-json-mode' },
      { kind: 'no-json-mode' },
      { kind: 'status', status: 429, headers: { 'retry-after-ms': '20' } },
    ]);
    await ask(model);
    expect(server.requests.map(({ response_format }) => response_format?.type)).toEqual([
      'json_schema',
      'json_object',
      undefined,
      undefined,
    ]);
    expect(refused).toEqual(['response_format', 'response_format']);
  });

  it('tells the words of the first refusal where no form of the request is taken', async () => {
    server.behaveNext([{ kind: 'status', status: 422 }]);
    server.behave({ kind: 'status', status: 422 });
    await expect(ask()).rejects.toMatchObject({
      code: 'MODEL_REJECTED',
      message: expect.stringContaining('HTTP 422: status 422.'),
    });
    expect(server.requests).toHaveLength(3);
  });

  it.each<[string, number, string | undefined]>([
    ['does not remember what was accepted after a refusal that names nothing', 1, 'json_schema'],
    ['remembers it when the next request needs the same', 2, undefined],
  ])('%s', async (_what, refusals, formatLater) => {
    const dialects = createLocalDialectMemory();
    const model = client({ dialects });
    for (let i = 0; i < refusals; i++) {
      server.behaveNext([{ kind: 'body', body: JSON.stringify({ error: { message: 'Bad Request', code: 400 } }) }]);
      await ask(model);
    }
    server.requests.length = 0;
    await ask(model);
    await ask(client({ dialects }));
    expect(server.requests.map(({ response_format }) => response_format?.type)).toEqual([formatLater, formatLater]);
  });

  it('needs two such refusals with no success between them', async () => {
    const model = client();
    const refusal = { kind: 'body', body: JSON.stringify({ error: { message: 'Bad Request', code: 400 } }) } as const;
    for (let i = 0; i < 2; i++) {
      server.behaveNext([refusal]);
      await ask(model);
      await ask(model);
    }
    server.requests.length = 0;
    await ask(model);
    expect(server.requests.map(({ response_format }) => response_format?.type)).toEqual(['json_schema']);
  });

  it('reads a stream of as many events as its budget has tokens', async () => {
    const event = (content: string) =>
      `data: ${JSON.stringify({ choices: [{ delta: { content }, x: 'x'.repeat(350) }] })}\n\n`;
    const tokens = 4096;
    const body = `${event('{"summary":"')}${event('a').repeat(tokens)}${event('"}')}data: [DONE]\n\n`;
    server.behave({ kind: 'body', body, contentType: 'text/event-stream' });
    const { content } = await ask(client({ maxOutputTokens: tokens, timeoutMs: 60_000 }));
    expect(content).toHaveLength(tokens + '{"summary":""}'.length);
  });

  it('tells a key that is refused with HTTP 400, as Gemini does', async () => {
    server.behave({ kind: 'refusal', status: 400, message: 'API key not valid. Please pass a valid API key.' });
    await expect(ask()).rejects.toMatchObject({ code: 'MODEL_UNAUTHORIZED' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [429, 'You exceeded your current quota, please check your plan and billing details.'],
    [400, 'Your credit balance is too low to access the API.'],
    [403, 'Insufficient balance'],
  ])('asks an account without money once, and says so: HTTP %d, %s', async (status, message) => {
    server.behave({ kind: 'refusal', status, message });
    await expect(ask()).rejects.toMatchObject({
      code: 'MODEL_UNAUTHORIZED',
      message: expect.stringMatching(/ refused the account .* Check the account of LLM_API_KEY\.$/),
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [429, 'You exceeded your current quota. Please retry in 0.02s.'],
    [409, 'The model is being updated.'],
    [400, 'ThrottlingException: Too many tokens, please wait before trying again.'],
  ])('asks again what passes: HTTP %d, %s', async (status, message) => {
    server.behaveNext([{ kind: 'refusal', status, message }]);
    await ask();
    expect(server.requests).toHaveLength(2);
  });

  it('tries once with a larger budget when an answer is cut off, and remembers it', async () => {
    server.behave({ kind: 'cut-off', enoughTokens: 200, content: '' });
    const model = client();
    expect(await ask(model)).toMatchObject({ content: expect.stringContaining('summary'), cutOff: false });
    await ask(model);
    expect(server.requests.map(({ max_tokens }) => max_tokens)).toEqual([50, 200, 200]);
    server.behave({ kind: 'cut-off', enoughTokens: 1000, content: '{"summary":"x","st' });
    expect(await ask(model)).toMatchObject({ content: '{"summary":"x","st', cutOff: true });
    expect(server.requests).toHaveLength(4);
  });

  it('tries once with a larger budget where reasoning took it, and nothing says so', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 0, total_tokens: 58 };
    server.behaveNext([{ kind: 'body', body: JSON.stringify({ choices: [], usage }) }]);
    await ask();
    expect(server.requests.map(({ max_tokens }) => max_tokens)).toEqual([50, 200]);
  });

  it('asks again, in the same form, where the server has lost its model', async () => {
    server.behaveNext([{ kind: 'refusal', status: 400, message: 'Channel Error' }]);
    await ask();
    expect(server.requests.map(({ response_format }) => response_format?.type)).toEqual(['json_schema', 'json_schema']);
  });

  it('gives one answer less room after a prompt that is too long for the context, and forgets it', async () => {
    const message =
      "This model's maximum context length is 4096 tokens. However, you requested 4196 tokens (3696 in the messages, 500 in the completion).";
    server.behaveNext([{ kind: 'body', body: JSON.stringify({ error: { message, code: 400 } }) }]);
    const learned: unknown[] = [];
    const model = client({ maxOutputTokens: 500, onLearned: (dialect) => void learned.push(dialect) });
    await ask(model);
    await ask(model);
    expect(server.requests.map(({ max_tokens }) => max_tokens)).toEqual([500, 400, 500]);
    expect(learned).toEqual([]);
  });

  it('forgets what it has learned with a change of address, model or budget', async () => {
    server.behave({ kind: 'no-json-mode' });
    const dialects = createLocalDialectMemory();
    const formats = async (change: Partial<ChatCompletionsOptions>): Promise<(string | undefined)[]> => {
      server.requests.length = 0;
      await ask(client({ dialects, ...change }));
      return server.requests.map(({ response_format }) => response_format?.type);
    };
    const anew = ['json_schema', 'json_object', undefined];
    expect(await formats({})).toEqual(anew);
    expect(await formats({})).toEqual([undefined]);
    expect(await formats({ model: 'other' })).toEqual(anew);
    expect(await formats({ maxOutputTokens: 60 })).toEqual(anew);
    expect(await formats({ baseUrl: `${server.baseUrl}/` })).toEqual(anew);
  });

  it('gives up at once when it is asked to wait for longer than there is time', async () => {
    server.behaveNext([{ kind: 'status', status: 429, retryAfterSeconds: 60 }]);
    // Not MODEL_TIMEOUT, as when it had waited for its own deadline.
    await expect(ask()).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    expect(server.requests).toHaveLength(1);
  });

  it.each<[ModelBehaviour, string]>([
    [{ kind: 'status', status: 401 }, 'MODEL_UNAUTHORIZED'],
    [{ kind: 'status', status: 403 }, 'MODEL_UNAUTHORIZED'],
    [{ kind: 'status', status: 404 }, 'MODEL_REJECTED'],
    [{ kind: 'redirect', location: 'http://169.254.169.254/latest/meta-data' }, 'MODEL_REJECTED'],
    [{ kind: 'body', body: '<html>', contentType: 'text/html' }, 'MODEL_ANSWER_INVALID'],
    [{ kind: 'status', status: 402 }, 'MODEL_UNAUTHORIZED'],
    [{ kind: 'refusal', status: 400, message: 'blocked by the content filter' }, 'MODEL_ANSWER_INVALID'],
    [{ kind: 'refusal', status: 403, message: 'Input was flagged by moderation' }, 'MODEL_ANSWER_INVALID'],
    [{ kind: 'body', body: tooDeep }, 'MODEL_ANSWER_INVALID'],
    [{ kind: 'body', body: '['.repeat(200_000) }, 'MODEL_ANSWER_INVALID'],
    [{ kind: 'endless' }, 'MODEL_ANSWER_INVALID'],
  ])('fails for good on %j', async (behaviour, code) => {
    server.behave(behaviour);
    await expect(ask()).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  it('goes to no address but its own, wherever it is redirected to', async () => {
    const other = await startLlmServer();
    server.behave({ kind: 'redirect', location: `${other.baseUrl}/chat/completions` });
    await expect(ask()).rejects.toMatchObject({ code: 'MODEL_REJECTED' });
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it('is found at localhost, whichever of its addresses the endpoint listens on', async () => {
    await ask(client({ baseUrl: server.baseUrl.replace('127.0.0.1', 'localhost') }));
    expect(server.requests).toHaveLength(1);
  });

  it('says where it is redirected to, and what to do', async () => {
    server.behave({ kind: 'redirect', location: 'https://models.acme.example/v1/chat/completions/' });
    await expect(ask()).rejects.toThrow(
      /^127\.0\.0\.1:\d+ redirects with HTTP 307\. If https:\/\/models\.acme\.example\/v1 is the endpoint, set LLM_BASE_URL to it\.$/,
    );
  });

  it.each(['text/html; charset=utf-8', 'text/plain', '', 'application/octet-stream'])(
    'uses an answer whose media type is %j',
    async (contentType) => {
      server.behave({ kind: 'body', body: completion, contentType });
      expect((await ask()).content).toBe('{"summary":"x"}');
    },
  );

  it('learns from a refusal that has HTTP 200 and no code', async () => {
    const error = { error: { message: 'response_format is not supported', type: 'invalid_request_error' } };
    server.behaveNext([{ kind: 'body', body: JSON.stringify(error) }]);
    await ask();
    expect(server.requests.map(({ response_format }) => response_format?.type)).toEqual(['json_schema', 'json_object']);
  });

  it('does not count what a filter refuses against the endpoint', async () => {
    server.behave({ kind: 'refusal', status: 403, message: 'Input was flagged by moderation' });
    const model = client();
    for (let call = 1; call <= 6; call++)
      await expect(ask(model)).rejects.toThrow('declined to answer: Input was flagged');
    expect(model.blocked()).toBeUndefined();
    expect(server.requests).toHaveLength(6);
  });

  it('pauses between attempts where the endpoint asks for no time at all', async () => {
    server.behave({ kind: 'status', status: 429, headers: { 'retry-after': '0' } });
    const pauses: number[] = [];
    await expect(ask()).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    for (const [i, { atMs }] of server.requests.entries()) pauses.push(atMs - (server.requests[i - 1]?.atMs ?? atMs));
    // Three pauses with full jitter, up to 600, 1200 and 2400 ms.
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(20);
  });

  it('repeats an answer without lone surrogates when it asks for a repair', async () => {
    server.behave({ kind: 'content', content: `no note ${'x'.repeat(3991)}👋` });
    const observer = { tokensUsed: () => undefined, answerRepaired: () => undefined };
    const signal = new AbortController().signal;
    const asked = modelNote(
      {
        ticket: ticketOf(),
        context: { excerpts: [articleOf()], failed: [] },
        language: 'en',
        model: client(),
        observer,
      },
      signal,
    );
    await expect(asked).rejects.toMatchObject({ code: 'MODEL_ANSWER_INVALID' });
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]?.messages.every(({ content }) => content.isWellFormed())).toBe(true);
  });

  it('gives all attempts together no more than the deadline', async () => {
    server.behaveNext([{ kind: 'status', status: 500 }]);
    server.behave({ kind: 'never' });
    const startedAtMs = performance.now();
    await expect(ask(client({ timeoutMs: 1500 }))).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    expect(performance.now() - startedAtMs).toBeLessThan(2 * 1500); // and not one for each
  });

  it('that answered is quoted, and not said to be silent', async () => {
    server.behaveNext([{ kind: 'status', status: 503 }]);
    server.behave({ kind: 'never' });
    await expect(ask(client({ timeoutMs: 1500 }))).rejects.toMatchObject({
      code: 'MODEL_TIMEOUT',
      message: expect.stringMatching(
        /^The language model gave no usable answer within LLM_TIMEOUT_MS \(1500 ms\).* An earlier attempt: \S+ answered with HTTP 503: status 503\.$/,
      ),
    });
  });

  it('ends with the signal', async () => {
    server.behave({ kind: 'never' });
    const controller = new AbortController();
    const asking = ask(client(), controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(asking).rejects.toThrow('enough');
  });

  it('learns nothing from what an endpoint quotes of the ticket', async () => {
    const user = 'The stream of the camera stops and its temperature rises';
    const message = `Bad input: ${user}`;
    server.behaveNext([{ kind: 'body', body: JSON.stringify({ error: { message, code: 400 } }) }]);
    const refused: [string, string][] = [];
    const model = client({ onRefused: (parameter, words) => void refused.push([parameter, words]) });
    await model.complete({ system: 'be brief', user, schema: {} }, new AbortController().signal);
    expect(refused).toEqual([['unnamed', 'Bad input: …']]);
  });

  it('stops asking an endpoint that keeps failing, for this client alone', async () => {
    server.behave({ kind: 'status', status: 500 });
    const model = client({ timeoutMs: 8000 });
    await expect(ask(model)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await expect(ask(model)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: expect.stringContaining('is not asked for'),
    });
    const asked = server.requests.length;
    await expect(ask(model)).rejects.toThrow('is not asked for');
    expect(server.requests).toHaveLength(asked);
    server.behave({ kind: 'good' });
    await ask();
  });

  it('stops asking an endpoint that never answers', async () => {
    server.behave({ kind: 'never' });
    const model = client({ timeoutMs: 100 });
    for (let call = 1; call <= 5; call++) await expect(ask(model)).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    const asked = server.requests.length;
    expect(model.blocked()).toMatchObject({ code: 'MODEL_TIMEOUT' });
    await expect(ask(model)).rejects.toMatchObject({
      code: 'MODEL_TIMEOUT',
      message: expect.stringMatching(
        /failed 5 times in a row and is not asked for .* Last: The language model gave no/,
      ),
    });
    expect(server.requests).toHaveLength(asked);
  });

  it('does without JSON mode where there is none, and remembers', async () => {
    server.behave({ kind: 'no-json-mode' });
    const model = client();
    await ask(model);
    await ask(model);
    expect(server.requests.map(({ response_format }) => response_format !== undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
