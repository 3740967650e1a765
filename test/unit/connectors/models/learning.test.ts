import { describe, expect, it } from '@jest/globals';
import { bodyIn, type Dialect, firstDialect } from '../../../../src/connectors/models/dialect.js';
import { learnFrom, nameOf } from '../../../../src/connectors/models/learning.js';
import { withoutQuotations } from '../../../../src/connectors/models/quotations.js';
import { readRefusal } from '../../../../src/connectors/models/refusal.js';
import { pauseInWords } from '../../../../src/connectors/models/told-pause.js';

/** A prompt of so many tokens by our estimate, and the limit of the answer. */
const sent = { promptTokens: 5000, outputTokens: 4096 };
const lessonOf = (body: unknown, status = 400, dialect: Dialect = firstDialect) =>
  learnFrom(
    readRefusal(status, typeof body === 'string' ? body : JSON.stringify(body)),
    dialect,
    new Set([nameOf(dialect)]),
    sent,
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
    [
      'OpenAI, first reasoning models: the role of a message',
      openai(
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        'messages[0].role',
        'unsupported_value',
      ),
      400,
      { systemMessage: false },
    ],
    [
      'a chat template that knows two roles',
      { error: { message: 'Only user and assistant roles are supported, got system', code: 400 } },
      400,
      { systemMessage: false },
    ],
    [
      'Groq: a limit that is compared with the context',
      openai(
        '`max_completion_tokens` must be less than or equal to `2048`, the maximum value for `max_completion_tokens` is less than the `context_window` for this model',
        'max_completion_tokens',
      ),
      400,
      { mostOutputTokens: 2048 },
    ],
    [
      'DeepSeek: a range of the limit',
      openai('Invalid max_tokens value, the valid range of max_tokens is [1, 2048]'),
      400,
      { mostOutputTokens: 2048 },
    ],
    [
      'DeepSeek: JSON schema, in plain text',
      'Failed to deserialize the JSON body into the target type: response_format: response_format.type `json_schema` is unavailable now at line 1 column 1193',
      422,
      { responseFormat: 'json_object' },
    ],
    [
      'LiteLLM: the name of its exception, and a dictionary of Python',
      {
        error: {
          message:
            "litellm.UnsupportedParamsError: gpt-5 does not support parameters: {'temperature': 0.2}. Received Model Group=x",
          type: 'None',
          param: 'None',
          code: '400',
        },
      },
      400,
      { temperature: false },
    ],
    [
      'Bedrock: a key that it does not know',
      {
        message:
          'Malformed input request: #: extraneous key [response_format] is not permitted, please reformat your input and try again.',
      },
      400,
      { responseFormat: 'json_object' },
    ],
    [
      'OpenAI: a schema that it does not take',
      openai(
        "Invalid schema for response_format 'note': In context=(), 'required' is required to be supplied",
        'response_format',
        'invalid_json_schema',
      ),
      400,
      { responseFormat: 'json_object' },
    ],
    [
      'Anthropic: a temperature that is deprecated',
      {
        type: 'error',
        error: { type: 'invalid_request_error', message: '`temperature` is deprecated for this model.' },
      },
      400,
      { temperature: false },
    ],
    [
      'DashScope: thinking in a stream alone',
      openai('parameter.enable_thinking must be set to false for non-streaming calls', null, 'invalid_parameter_error'),
      400,
      { stream: true },
    ],
    [
      'an error as a server-sent event',
      'event: error\ndata: {"error":{"message":"temperature is not supported"}}\n\n',
      400,
      { temperature: false },
    ],
    [
      'Flask: a page',
      '<!doctype html>\n<title>400 Bad Request</title>\n<h1>Bad Request</h1>\n<p>temperature is not supported</p>',
      400,
      { temperature: false },
    ],
    ['plain text', 'temperature: unknown field', 400, { temperature: false }],
    [
      'Anthropic: a limit below the budget of thinking, with a link to a page about the context',
      openai(
        '`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size',
      ),
      400,
      { largeBudget: true },
    ],
    [
      'LiteLLM: the same, the other way round',
      openai('`thinking.budget_tokens` must be less than `max_tokens`'),
      400,
      { largeBudget: true },
    ],
    [
      'Azure: reasoning took the whole limit',
      openai(
        'Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens.',
      ),
      400,
      { largeBudget: true },
    ],
    [
      'an unsupported limit, beside the size of the context',
      openai(
        "Unsupported parameter: 'max_tokens' is not supported with this model, whose context window is 128000 tokens. Use 'max_completion_tokens' instead.",
        'max_tokens',
        'unsupported_parameter',
      ),
      400,
      { tokenLimit: 'max_completion_tokens' },
    ],
    [
      'a deprecated limit, beside words about the prompt',
      openai(
        'max_tokens is deprecated in favor of max_completion_tokens, which bounds the maximum number of tokens besides those of the prompt',
      ),
      400,
      { tokenLimit: 'max_completion_tokens' },
    ],
    [
      'the largest limit, in words about what is not allowed',
      openai('max_tokens is not allowed to exceed 2048'),
      400,
      { mostOutputTokens: 2048 },
    ],
    [
      'the largest limit behind the one that was sent',
      openai('max_tokens=4096 is not supported, maximum is 2048'),
      400,
      { mostOutputTokens: 2048 },
    ],
    [
      'the largest limit as an unsupported value',
      openai('Unsupported value: max_tokens must be at most 2048 tokens'),
      400,
      { mostOutputTokens: 2048 },
    ],
    [
      'what the context leaves for a limit that is not allowed',
      openai(
        "This model's maximum context length is 4096 tokens, max_tokens of 4096 not allowed: prompt contains 2000 tokens",
      ),
      400,
      { mostOutputTokens: 2096 },
    ],
    [
      'a range of the limit as a status of its own',
      { error: 'RANGE ERROR: max_completion_tokens is limited to 2048 for this model' },
      416,
      { mostOutputTokens: 2048 },
    ],
    [
      'a limit named by its place, in words about an input',
      { detail: [{ loc: ['body', 'max_tokens'], msg: 'Input should be less than or equal to 1024' }] },
      422,
      { mostOutputTokens: 1024 },
    ],
    [
      'Anthropic: a gateway made a format of its own',
      openai("output_format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"),
      400,
      { responseFormat: 'json_object' },
    ],
    [
      'Anthropic: a gateway made a tool of the format',
      openai('Thinking may not be enabled when tool_choice forces tool use.'),
      400,
      { responseFormat: 'json_object' },
    ],
    [
      'Gemini: a schema that is too deep for it',
      [
        {
          error: {
            code: 400,
            message: 'A schema in GenerationConfig in the request exceeds the maximum allowed nesting depth.',
          },
        },
      ],
      400,
      { responseFormat: 'json_object' },
    ],
    ['Bedrock: no tools', { message: "This model doesn't support tool use." }, 400, { responseFormat: 'json_object' }],
    [
      'a chat template that names its two roles alone',
      { error: { message: 'Only user and assistant roles are supported!', code: 400 } },
      400,
      { systemMessage: false },
    ],
    [
      'a chat template with other names of the roles',
      openai('roles must alternate between user and model'),
      400,
      { systemMessage: false },
    ],
    [
      'a feature that is off for an account',
      openai('response_format json_schema for this account is disabled'),
      400,
      { responseFormat: 'json_object' },
    ],
    [
      'streams that are off for an account',
      openai('Streaming for this account has been restricted; set stream=false'),
      400,
      { stream: true },
    ],
    [
      'an enumeration of the roles',
      openai("'system' is not one of ['assistant', 'tool', 'user'] - 'messages.0.role'", 'messages'),
      400,
      { systemMessage: false },
    ],
    [
      'Bedrock: the roles alone',
      { message: "messages.0.role: Input should be 'user' or 'assistant'" },
      400,
      { systemMessage: false },
    ],
    [
      'OpenRouter: 404 for a schema that nobody behind it takes',
      {
        error: {
          message: 'No endpoints available matching your guardrail restrictions and data policy. Configure: https://x',
          code: 404,
        },
      },
      404,
      { responseFormat: 'none', temperature: false },
    ],
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
      const refusal = readRefusal(400, 'max_tokens, max_completion_tokens: not permitted');
      dialect = learnFrom(refusal, dialect, refused, sent)?.dialect;
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
    ['the model, beside a page about tools', openai('The model x does not exist. See the tools page.'), 404],
    ['the deployment', { error: { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' } }, 404],
    ['the key', openai('Incorrect API key provided', null, 'invalid_api_key'), 401],
    ['the account', openai('You exceeded your current quota'), 429],
    ['the content', { error: { code: 'content_filter', message: 'triggered the content management policy' } }, 400],
    [
      'the content, in Azure’s words',
      openai(
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        'prompt',
        'content_filter',
      ),
      400,
    ],
    ['the content, in DeepSeek’s words', openai('Content Exists Risk'), 400],
    [
      'the content, in OpenRouter’s words',
      { error: { code: 403, message: 'Input was flagged by moderation', metadata: { reasons: ['violence'] } } },
      403,
    ],
    ['a model that is gone', openai('The model `llama2` has been decommissioned and is no longer supported.'), 400],
    ['a model, in OpenRouter’s words', { error: { message: 'x/y is not a valid model ID', code: 400 } }, 400],
    ['LM Studio’s model', { error: 'The model has crashed without additional information. (Exit code: 6)' }, 400],
    [
      'the account, in Anthropic’s words',
      openai('You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.'),
      400,
    ],
    ['the account, by its name', openai('Your account org-1<ak-1> is suspended'), 400],
    ['the organization', openai('Organization has been restricted. Please reach out to support.'), 400],
    [
      'a model, in Bedrock’s words',
      {
        message:
          "Invocation of model ID anthropic.claude-sonnet-4-20250514-v1:0 with on-demand throughput isn't supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
      },
      400,
    ],
    ['a model that makes no chat', openai('"nomic-embed-text" does not support chat'), 400],
    [
      'a model without a chat template',
      openai(
        'As of transformers v4.44, default chat template is no longer allowed, so you must provide a chat template if the tokenizer does not define one.',
      ),
      400,
    ],
    ['the account, in Fireworks’ words', openai('Account acme is suspended, possibly due to its spending limit'), 412],
    ['the key, in AWS’ words', { message: 'The security token included in the request is expired' }, 400],
    [
      'the place of the client',
      [{ error: { code: 400, message: 'User location is not supported for the API use.' } }],
      400,
    ],
    ['the account, with HTTP 400', openai('Your credit balance is too low to access the API.'), 400],
    [
      'the rate, with HTTP 400',
      { message: 'ThrottlingException: Too many tokens, please wait before trying again.' },
      400,
    ],
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
  [
    "This endpoint's maximum context length is 8192 tokens. However, you requested about 9096 tokens (5000 of text input, 4096 in the output). Please reduce the length of either one.",
    3192,
  ],
  [
    'Request too large for model `m` in organization `o` on tokens per minute (TPM): Limit 8000, Requested 9096, please reduce your message size and try again.',
    3000,
  ],
  [
    'input length and `max_tokens` exceed context limit: 5000 + 4096 > 8192, decrease input length or `max_tokens` and try again',
    3192,
  ],
  [
    "This model's maximum context length is 8192 tokens. However, you requested 4096 output tokens and your prompt contains at least 4097 input tokens, for a total of at least 8193 tokens. Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=4097)",
    2048,
  ],
  [
    "This model's maximum context length is 8192 tokens. However, you requested 4096 output tokens and your prompt contains 78627 characters (more than 14592 characters, which is the upper bound for 4096 input tokens). Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_text, value=78627)",
    2048,
  ],
  [
    "Requested token count exceeds the model's maximum context length of 8192 tokens. You requested a total of 9096 tokens: 5000 tokens from the input messages and 4096 tokens for the completion.",
    3192,
  ],
])('learns the room for one answer from a prompt that is too long: %s', (message, mostOutputTokens) => {
  expect(lessonOf(openai(message))).toMatchObject({
    parameter: 'output_tokens',
    dialect: { mostOutputTokens },
    forThisRequest: true,
  });
});

/** Of a context of 4096 tokens a quarter is kept for the answer, and our estimate is about that of the endpoint. */
const shorter = { mostPromptTokens: Math.floor((4096 - 1024) * 0.95), mostOutputTokens: 1024 };
/** Where the endpoint does not tell how long the prompt is. */
const cautious = { mostPromptTokens: Math.floor((4096 - 1024) * 0.75), mostOutputTokens: 1024 };
const half = { mostPromptTokens: 2500 };

describe('a context that is too small for the prompt leads to shorter prompts:', () => {
  it.each<[string, unknown, number, Partial<Dialect>]>([
    [
      'OpenAI, in the messages',
      openai(
        "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens. Please reduce the length of the messages.",
        'messages',
        'context_length_exceeded',
      ),
      400,
      shorter,
    ],
    [
      'OpenAI, without numbers',
      openai(
        'Your input exceeds the context window of this model. Please adjust your input and try again.',
        'input',
        'context_length_exceeded',
      ),
      400,
      half,
    ],
    [
      'LM Studio, by its parameters',
      { error: 'Cannot truncate prompt with n_keep (5000) >= n_ctx (4096)' },
      400,
      shorter,
    ],
    [
      'LM Studio, newer',
      {
        error:
          'The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 5000>= n_ctx: 4096). Try to load the model with a larger context length, or provide a shorter input',
      },
      400,
      shorter,
    ],
    [
      'TensorRT-LLM',
      { error: 'Prompt length (5000) exceeds maximum input length (4096). Set log level to info for more.' },
      400,
      shorter,
    ],
    [
      'Vertex AI',
      {
        error: {
          message:
            'Unable to submit request because the input token count is 5000 but model only supports up to 4096. Reduce the input token count and try again.',
        },
      },
      400,
      shorter,
    ],
    [
      'watsonx',
      {
        errors: [
          {
            code: 'invalid_input_argument',
            message:
              'Invalid input argument for Model: the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this model',
          },
        ],
      },
      400,
      shorter,
    ],
    ['Z.ai, without numbers', { error: { code: '1261', message: 'Prompt exceeds max length' } }, 400, half],
    [
      'Groq',
      openai('Please reduce the length of the messages or completion.', 'messages', 'context_length_exceeded'),
      400,
      half,
    ],
    [
      'GitHub Models, with HTTP 413',
      {
        error: {
          code: 'tokens_limit_reached',
          message: 'Request body too large for gpt-4o-mini model. Max size: 4096 tokens.',
        },
      },
      413,
      cautious,
    ],
    [
      'vLLM, before it counts the answer',
      { object: 'error', message: 'The decoder prompt (length 5000) is longer than the maximum model length of 4096.' },
      400,
      shorter,
    ],
    [
      'vLLM, newer',
      {
        error: {
          message:
            "You passed 5000 input tokens and requested 4096 output tokens. However, the model's context length is only 4096 tokens.",
        },
      },
      400,
      shorter,
    ],
    [
      'llama.cpp, in fields',
      {
        error: {
          code: 400,
          message: 'the request exceeds the available context size. try increasing the context size',
          type: 'exceed_context_size_error',
          n_prompt_tokens: 5000,
          n_ctx: 4096,
        },
      },
      400,
      shorter,
    ],
    [
      'llama.cpp, in words',
      {
        error: {
          code: 400,
          message: 'request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it',
        },
      },
      400,
      shorter,
    ],
    [
      'Gemini',
      [
        {
          error: {
            code: 400,
            message: 'The input token count (5000) exceeds the maximum number of tokens allowed (4096).',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
      400,
      shorter,
    ],
    [
      'Mistral',
      {
        object: 'error',
        message: 'Prompt contains 5000 tokens and 0 draft tokens, too large for model with 4096 maximum context length',
        code: 3051,
      },
      400,
      shorter,
    ],
    [
      'LM Studio: `error` is a string',
      {
        error:
          'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
      },
      400,
      shorter,
    ],
    ['TGI', { error: 'Input validation error: `inputs` must have less than 4096 tokens. Given: 5000' }, 422, shorter],
    [
      'SGLang',
      {
        object: 'error',
        message: "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
        code: 400,
      },
      400,
      shorter,
    ],
    ['Bedrock', { message: 'Input is too long for requested model.' }, 400, half],
    ['a limit of the input', openai('Input must be less than 4096 tokens'), 400, cautious],
    ['a limit of the input that is not read', openai('The input must not exceed 4096 tokens'), 400, half],
    ['DashScope', { code: 'InvalidParameter', message: 'Range of input length should be [1, 4096]' }, 400, cautious],
    [
      'xAI',
      { code: 'invalid', error: "This model's maximum prompt length is 4096 but the request contains 5000 tokens." },
      400,
      shorter,
    ],
    ['Anthropic’s compatible endpoint', openai('prompt is too long: 5000 tokens > 4096 maximum'), 400, shorter],
    [
      'SiliconFlow',
      { code: 20015, message: 'length of prompt_tokens (5000) must be less than max_seq_len (4096).' },
      400,
      shorter,
    ],
    [
      'Cohere',
      {
        message:
          'too many tokens: total number of tokens in the prompt cannot exceed 4096 - received 5000. Try using a shorter prompt.',
      },
      400,
      shorter,
    ],
    [
      'Poolside, GLM',
      { error: { message: 'Input length 5000 exceeds the maximum allowed input length of 4096 tokens.', code: '400' } },
      400,
      shorter,
    ],
    ['a proxy of OpenAI', openai("Input length (5000) exceeds model's maximum context length (4096)."), 400, shorter],
    ['GitHub Copilot', openai('prompt token count of 5000 exceeds the limit of 4096'), 400, shorter],
    ['Kimi', openai('Your request exceeded model token limit: 4096 (requested: 9096)'), 400, shorter],
    ['numbers with separators', openai('prompt is too long: 5,000 tokens > 4,096 maximum'), 400, shorter],
    ['Cohere, in other words', { message: "total tokens exceeds the model's max of 4096" }, 400, cautious],
    [
      'Atlas',
      openai('Prompt too long: 5000 tokens exceeds max_seq_len 4096 (leave room for output tokens)'),
      400,
      shorter,
    ],
    ['MiniMax', openai('invalid params, context window exceeds limit (2013)'), 400, half],
    [
      'LiteLLM',
      openai(
        'ContextWindowExceededError: Context Window exceeded for given call. No models have context window large enough for this call.',
      ),
      400,
      half,
    ],
    ['Ollama, by how much', { error: 'prompt too long; exceeded max context length by 904 tokens' }, 400, half],
    ['GLM, in other words', openai('tokens in request more than max tokens allowed'), 400, half],
    [
      'vLLM, for which no limit was sent',
      { error: { message: 'max_tokens must be at least 1, got -904.', code: 400 } },
      400,
      half,
    ],
    ['Bedrock, in other words', { message: 'Input exceeds the max input token limit' }, 400, half],
    ['a proxy’s limit of bytes', '<html><title>413 Request Entity Too Large</title></html>', 413, half],
    ['Cerebras, without words', '', 413, half],
    [
      'the OpenAI limit of one request, with HTTP 429',
      openai(
        'Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 4096, Requested 9096. The input or output tokens must be reduced in order to run successfully.',
        null,
        'rate_limit_exceeded',
      ),
      429,
      shorter,
    ],
  ])('%s', (_, body, status, expected) => {
    expect(lessonOf(body, status)).toEqual({ parameter: 'prompt', dialect: { ...firstDialect, ...expected } });
  });

  it('but first to a shorter answer where the words count both together, whatever numbers a model has in its name', () => {
    const message =
      'The maximum context length of Meta-Llama-3.1-8B-Instruct is 4096. However, answering your request will take 9096 tokens. Please reduce the length of the messages or the specified max_completion_tokens value.';
    expect(lessonOf(openai(message))).toMatchObject({
      parameter: 'output_tokens',
      forThisRequest: true,
      dialect: { mostOutputTokens: 2048 },
    });
  });

  it('in steps, until none is left that has room for a passage', () => {
    const message = 'Please reduce the length of the messages or completion.';
    const refusal = readRefusal(400, JSON.stringify(openai(message, 'messages', 'context_length_exceeded')));
    const mostAfter = (promptTokens: number) =>
      learnFrom(refusal, firstDialect, new Set(), { promptTokens, outputTokens: 900 })?.dialect.mostPromptTokens;
    expect([6000, 3000, 1500, 800].map(mostAfter)).toEqual([3000, 1500, 750, undefined]);
  });

  it('is not what a rate limit asks for that passes', () => {
    const message =
      'Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 3000. Please try again in 4s.';
    expect(lessonOf(openai(message, null, 'rate_limit_exceeded'), 429)).toBeUndefined();
  });
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
    ['<html><h1>404</h1></html>', '404'],
    [
      '<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<hr><center>nginx</center>',
      '400 The plain HTTP request was sent to HTTPS port; 400 Bad Request',
    ],
    ['<html><script>x</script></html>', ''],
    [{ errors: [{ message: 'no such model', code: 7003 }], success: false }, 'no such model'],
    [{ base_resp: { status_code: 1, status_msg: 'no such model' } }, 'no such model'],
    ['data: {"error":{"message":"no such model"}}\n\n', 'no such model'],
    ['', ''],
  ])('%j', (body, words) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(readRefusal(400, text).words).toBe(words);
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

describe('the pause that a refusal asks for in its body', () => {
  const pauseOf = (body: unknown, status = 429) => {
    const { words, pauseMs } = readRefusal(status, JSON.stringify(body));
    return { told: pauseMs, said: pauseInWords(words) };
  };

  it.each([
    ['OpenAI', 'Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000. Please try again in 20s.', 20_000],
    ['OpenAI, below a second', 'Limit 3. Please try again in 20ms. Visit https://platform.openai.com', 20],
    ['OpenAI, minutes', 'Limit 200. Please try again in 7m12s.', 432_000],
    ['Groq', 'Limit 6000, Used 5900, Requested 873. Please try again in 7.73s. Need more tokens?', 7730],
    ['Groq, of a day', 'on tokens per day (TPD): Limit 100000. Please try again in 1h4m33.6s.', 3_873_600],
    [
      'Azure',
      'Requests to the ChatCompletions_Create Operation have exceeded the token rate limit. Please retry after 26 seconds. Please go here',
      26_000,
    ],
    ['Gemini', 'You exceeded your current quota.\nPlease retry in 45.837906927s.', 45_837.906927],
    ['a gateway', 'Too many requests. Retry in 1 minute 5 seconds.', 65_000],
    ['another gateway', 'quota will reset after 2h7m23s', 7_643_000],
    ['a day at most', 'Please try again in 40 days', 86_400_000],
  ])('is found in the words: %s', (_, message, expectedMs) => {
    expect(pauseOf(openai(message)).said).toBeCloseTo(expectedMs, 3);
  });

  it.each(['Please try again later.', 'Try again in a few minutes', 'Limit 20s', 'retry 5 times', ''])(
    'is none in %j',
    (message) => {
      expect(pauseOf(openai(message)).said).toBeUndefined();
    },
  );

  it.each<[string, unknown, number]>([
    [
      'Gemini’s RetryInfo',
      [
        {
          error: {
            code: 429,
            message: 'Resource has been exhausted',
            details: [
              { '@type': 'type.googleapis.com/google.rpc.Help', links: [] },
              { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '31.5s' },
            ],
          },
        },
      ],
      31_500,
    ],
    ['retry_after', { detail: { retry_after: 3 } }, 3000],
    ['retry_after as text', { error: { retry_after: '2.5' } }, 2500],
    ['retryAfterMs', { retryAfterMs: 250 }, 250],
    ['Hugging Face, while it loads a model', { error: 'Model x is currently loading', estimated_time: 20.5 }, 20_500],
    [
      'the headers of the endpoint behind a router',
      { error: { message: 'Provider returned error', metadata: { headers: { 'Retry-After': '7' } } } },
      7000,
    ],
  ])('is found in a field: %s', (_, body, expectedMs) => {
    expect(pauseOf(body).told).toBe(expectedMs);
  });

  it('is found where OpenRouter tells when its limit ends', () => {
    const ends = String(Date.now() + 30_000);
    const error = { message: 'Rate limit exceeded', code: 429, metadata: { headers: { 'X-RateLimit-Reset': ends } } };
    const { told = 0 } = pauseOf({ error });
    expect(told).toBeGreaterThan(20_000);
    expect(told).toBeLessThanOrEqual(30_000);
  });

  it.each([[{ retryDelay: 'soon' }], [{ retry_after: -1 }], [{ retry_after: null }], [[[]]], ['x'], [null]])(
    'is none in %j',
    (body) => {
      expect(pauseOf({ error: body }).told).toBeUndefined();
    },
  );
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
