import { describe, expect, it } from '@jest/globals';
import { bodyIn, type Dialect, firstDialect } from '../../../../src/connectors/models/dialect.js';
import { learnFrom, nameOf } from '../../../../src/connectors/models/learning.js';
import { withoutQuotations } from '../../../../src/connectors/models/quotations.js';
import { readRefusal } from '../../../../src/connectors/models/refusal.js';

const sentTokens = 4096;
const lessonOf = (body: unknown, status = 400, dialect: Dialect = firstDialect) =>
  learnFrom(
    readRefusal(status, 'application/json', typeof body === 'string' ? body : JSON.stringify(body)),
    dialect,
    new Set([nameOf(dialect)]),
    sentTokens,
  );
const openai = (message: string, param: string | null = null, code: string | null = null) => ({
  error: { message, type: 'invalid_request_error', param, code },
});

describe('what is learned from a refusal', () => {
  it.each<[string, unknown, number, Partial<Dialect>]>([
    [
      'OpenAI, reasoning models: max_tokens',
      openai(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        'max_tokens',
        'unsupported_parameter',
      ),
      400,
      { tokenLimit: 'max_completion_tokens' },
    ],
    [
      'OpenAI, reasoning models: temperature',
      openai(
        "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
        'temperature',
        'unsupported_value',
      ),
      400,
      { temperature: false },
    ],
    [
      'OpenAI, older models: JSON schema',
      openai(
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        'response_format',
      ),
      400,
      { responseFormat: 'json_object' },
    ],
    [
      'OpenAI: more tokens than the model has',
      openai(
        'max_tokens is too large: 4096. This model supports at most 2048 completion tokens, whereas you provided 4096.',
        'max_tokens',
      ),
      400,
      { mostOutputTokens: 2048 },
    ],
    [
      'Azure: an older API version',
      {
        error: {
          code: 'BadRequest',
          message: 'response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later',
        },
      },
      400,
      { responseFormat: 'json_object' },
    ],
    [
      'LM Studio: `error` is a string',
      { error: "'response_format.type' must be 'json_schema' or 'text'" },
      400,
      { responseFormat: 'json_object' },
    ],
    [
      'vLLM: the message at the top',
      {
        object: 'error',
        message: 'guided decoding is not supported by this backend',
        type: 'BadRequestError',
        code: 400,
      },
      400,
      { responseFormat: 'json_object' },
    ],
    [
      'vLLM: the context is too small',
      {
        error: {
          message:
            "This model's maximum context length is 4096 tokens. However, you requested 5096 tokens (1000 in the messages, 4096 in the completion).",
          type: 'BadRequestError',
          code: 400,
        },
      },
      400,
      { mostOutputTokens: 3096 },
    ],
    [
      'vLLM: a chat template without a system role',
      { error: { message: 'System role not supported', type: 'BadRequestError', code: 400 } },
      400,
      { systemMessage: false },
    ],
    [
      'FastAPI: `detail` is a list',
      {
        detail: [{ type: 'extra_forbidden', loc: ['body', 'response_format'], msg: 'Extra inputs are not permitted' }],
      },
      422,
      { responseFormat: 'json_object' },
    ],
    ['FastAPI: `detail` is a string', { detail: 'temperature is not allowed' }, 422, { temperature: false }],
    [
      'Mistral: the list within the message',
      {
        object: 'error',
        message: { detail: [{ loc: ['body', 'max_tokens'], msg: 'Extra inputs are not permitted' }] },
      },
      422,
      { tokenLimit: 'max_completion_tokens' },
    ],
    [
      'Gemini: a list of errors',
      [
        {
          error: { code: 400, message: 'Invalid JSON payload received. Unknown name "max_tokens": Cannot find field.' },
        },
      ],
      400,
      { tokenLimit: 'max_completion_tokens' },
    ],
    [
      'Gemini: no system instruction',
      [{ error: { code: 400, message: 'Developer instruction is not enabled for models/gemma-3-4b-it' } }],
      400,
      { systemMessage: false },
    ],
    [
      'OpenRouter: 404, and the words of the endpoint behind it',
      {
        error: {
          message: 'Provider returned error',
          code: 404,
          metadata: { raw: '{"error":{"message":"response_format is not supported"}}' },
        },
      },
      404,
      { responseFormat: 'json_object' },
    ],
    [
      'llama.cpp: HTTP 500 for a grammar',
      { error: { code: 500, message: 'failed to parse grammar', type: 'server_error' } },
      500,
      { responseFormat: 'json_object' },
    ],
    [
      'DashScope: a stream alone',
      { code: 'InvalidParameter', message: 'This model only support stream mode, please enable the stream parameter.' },
      400,
      { stream: true },
    ],
    ['plain text', 'temperature: unknown field', 400, { temperature: false }],
    ['no words', '', 400, { responseFormat: 'none', temperature: false }],
    ['words that name nothing', { error: 'Bad Request' }, 422, { responseFormat: 'none', temperature: false }],
  ])('%s', (_, body, status, expected) => {
    expect(lessonOf(body, status)?.dialect).toEqual({ ...firstDialect, ...expected });
  });

  it('follows max_tokens, max_completion_tokens and none in turn', () => {
    const refused = new Set<string>();
    const seen: string[] = [];
    let dialect: Dialect | undefined = firstDialect;
    while (dialect !== undefined && seen.length < 10) {
      seen.push(dialect.tokenLimit);
      refused.add(nameOf(dialect));
      const refusal = readRefusal(400, '', 'max_tokens, max_completion_tokens: not permitted');
      dialect = learnFrom(refusal, dialect, refused, sentTokens)?.dialect;
      if (dialect?.responseFormat === 'none') break;
    }
    expect(seen).toEqual(['max_tokens', 'max_completion_tokens', 'none']);
  });

  it.each<[string, unknown, number]>([
    [
      'the model',
      openai('The model `gpt-9` does not exist or you do not have access to it.', null, 'model_not_found'),
      404,
    ],
    ['the model, with HTTP 400', { error: "model 'llama9' not found" }, 400],
    ['the deployment', { error: { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' } }, 404],
    ['the key', openai('Incorrect API key provided', null, 'invalid_api_key'), 401],
    ['the account', openai('You exceeded your current quota'), 429],
    ['the content', { error: { code: 'content_filter', message: 'triggered the content management policy' } }, 400],
    ['the server', { error: 'internal error' }, 500],
    ['a web page', '<html>not found</html>', 404],
    ['an upstream server', { error: { message: 'upstream error', code: 500 } }, 500],
  ])('is nothing when it is about %s', (_, body, status) => {
    expect(lessonOf(body, status)).toBeUndefined();
  });
});

it.each([
  [
    "This model's maximum context length is 8192 tokens. However, you requested 9096 tokens (5000 in the messages, 4096 in the completion).",
    3192,
  ],
  [
    "'max_tokens' is too large: 4096. This model's maximum context length is 8192 tokens and your request has 5000 input tokens (4096 > 8192 - 5000).",
    3192,
  ],
  ['`inputs` tokens + `max_new_tokens` must be <= 8192. Given: 5000 `inputs` tokens and 4096 `max_new_tokens`', 3192],
  [
    'The maximum context length is 8192 tokens. You requested 4096 output tokens and your prompt contains at least 4097.',
    2048,
  ],
  ["This model's maximum context length is 4096 tokens. However, your prompt has 5000 tokens.", undefined],
])('learns the room for one answer from a prompt that is too long: %s', (message, mostOutputTokens) => {
  const lesson = lessonOf(openai(message));
  expect(lesson?.dialect.mostOutputTokens).toBe(mostOutputTokens);
  expect(lesson?.forThisRequest).toBe(mostOutputTokens && true);
});

it('learns nothing from the words of a model that an endpoint quotes', () => {
  const error = {
    message: "Failed to generate JSON. See 'failed_generation'.",
    code: 'json_validate_failed',
    failed_generation: 'The token exceeds the maximum of 300 s, and the temperature is too high.',
  };
  expect(lessonOf({ error })).toMatchObject({
    parameter: 'response_format',
    dialect: { responseFormat: 'json_object' },
  });
});

describe('the words of a refusal', () => {
  it.each([
    [{ error: { message: 'no such model', type: 'x' } }, 'no such model'],
    [{ error: 'no such model.' }, 'no such model'],
    [{ message: 'no  such\nmodel' }, 'no such model'],
    [{ detail: [{ loc: ['body'], msg: 'no such model', input: 'the whole request' }] }, 'no such model'],
    [[{ error: { message: 'no such model' } }], 'no such model'],
    [
      { error: { message: 'Provider returned error', metadata: { raw: 'no such model' } } },
      'Provider returned error; no such model',
    ],
    ['no such model', 'no such model'],
    ['<html><h1>404</h1></html>', ''],
    ['', ''],
  ])('%j', (body, words) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(readRefusal(400, 'application/json', text).words).toBe(words);
  });

  it('are told without what they quote of the request', () => {
    const sent = 'begin ticket\nMy password is hunter2 and the VPN drops\nend ticket';
    const words = 'Invalid value: "My password is hunter2 and the VPN drops" is not allowed';
    expect(withoutQuotations(words, sent)).toBe('Invalid value: … is not allowed');
    expect(withoutQuotations('temperature is not supported', sent)).toBe('temperature is not supported');
  });

  it.each([
    [
      '无效输入：我的VPN每小时断开一次，请重置我的密码。',
      '您好！我的 VPN 每小时断开一次。请重置我的密码',
      '无效输入：…。',
    ],
    ['無効な値です', 'パスワードをリセットしてください', '無効な値です'],
    [
      'bad value "my_password_is_hunter2_and_the_vpn_drops"',
      'My password is hunter2 and the VPN drops',
      'bad value "…"',
    ],
    ['see response_format.json_schema', 'The JSON schema is wrong.', 'see response_format.json_schema'],
  ])('are told without a quotation that has no blanks: %s', (words, sent, told) => {
    expect(withoutQuotations(words, sent)).toBe(told);
  });

  it('are told without what they quote of any part of the request', () => {
    expect(withoutQuotations('no: "Restart the flux capacitor now"', 'ticket', 'Restart the flux capacitor now')).toBe(
      'no: …',
    );
  });

  it('are compared with the request up to a bound', () => {
    expect(withoutQuotations('x '.repeat(500_000), 'y').length).toBeLessThanOrEqual(2000);
  });
});

describe('a request', () => {
  const turns = [
    { role: 'system', content: 'rules' },
    { role: 'user', content: 'ticket' },
  ] as const;
  const request = { model: 'm', turns, maxTokens: 100, schema: { type: 'object' } };
  const body = (change: Partial<Dialect>): unknown => JSON.parse(bodyIn({ ...firstDialect, ...change }, request));

  it('is in the dialect of its endpoint', () => {
    expect(body({})).toEqual({
      model: 'm',
      messages: turns,
      max_tokens: 100,
      temperature: 0.2,
      response_format: { type: 'json_schema', json_schema: { name: 'note', strict: true, schema: { type: 'object' } } },
    });
    expect(
      body({
        tokenLimit: 'max_completion_tokens',
        temperature: false,
        responseFormat: 'json_object',
        stream: true,
        systemMessage: false,
        largeBudget: true,
        mostOutputTokens: 300,
      }),
    ).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'rules\n\nticket' }],
      max_completion_tokens: 300,
      stream: true,
      response_format: { type: 'json_object' },
    });
    expect(body({ tokenLimit: 'none', temperature: false, responseFormat: 'none' })).toEqual({
      model: 'm',
      messages: turns,
    });
  });
});
