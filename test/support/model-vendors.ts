import { createServer } from 'node:http';
import { z } from 'zod';
import { listenOnFreePort, readBody } from './http-server.js';

/**
 * Servers that speak the protocol of each vendor's `/chat/completions` as its documentation describes it, with the
 * refusals that it documents. They are no copies: what is not documented they cannot show.
 */

const requestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  max_tokens: z.number().optional(),
  max_completion_tokens: z.number().optional(),
  temperature: z.number().optional(),
  stream: z.boolean().optional(),
  response_format: z.looseObject({ type: z.string() }).optional(),
});
export type VendorRequest = z.infer<typeof requestSchema>;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Vendor {
  readonly name: string;
  /** Up to where `/chat/completions` begins. */
  readonly basePath: string;
  readonly query?: string;
  readonly keyHeader?: 'authorization' | 'api-key';
  readonly model: string;
  /** How a key that it does not know is refused. */
  readonly wrongKey?: Answer;
  readonly unknownModel: (model: string) => Answer;
  /** @param earlier the number of requests before this one */
  readonly refuse?: (request: VendorRequest, earlier: number) => Answer | undefined;
  /** Of each request, about the length of its own prompt: there is nothing to remember of them. Default: 0. */
  readonly refusalsOfEach?: number;
  readonly answer?: (content: string, request: VendorRequest) => Answer;
}

export const vendorKey = 'vendor-test-key-1';

const openAiError = (
  status: number,
  message: string,
  param: string | null = null,
  code: string | null = null,
): Answer => ({
  status,
  body: { error: { message, type: 'invalid_request_error', param, code } },
});
const completion = (
  message: object,
  finish_reason = 'stop',
  usage: object = { prompt_tokens: 90, completion_tokens: 30 },
) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }],
  usage,
});
const limitOf = (request: VendorRequest): number => request.max_tokens ?? request.max_completion_tokens ?? Infinity;

/** Without `Retry-After`: the pause is in the body alone. */
const geminiThrottles: Answer = {
  status: 429,
  body: [
    {
      error: {
        code: 429,
        message: 'You exceeded your current quota. Please retry in 0.051s.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '0.05s' }],
      },
    },
  ],
};

/** Of a small model on a machine with little memory: the question of `check` fits, a ticket with several sources does not. */
const smallContext = 1300;

const promptTokensOf = ({ messages }: VendorRequest): number =>
  Math.ceil(messages.reduce((sum, { content }) => sum + content.length, 0) / 4);

export const vendors: readonly Vendor[] = [
  {
    name: 'OpenAI, a reasoning model',
    basePath: '/v1',
    keyHeader: 'authorization',
    model: 'gpt-5-mini',
    wrongKey: openAiError(
      401,
      'Incorrect API key provided: vend****. You can find your API key at https://platform.openai.com/account/api-keys.',
      null,
      'invalid_api_key',
    ),
    unknownModel: (model) =>
      openAiError(
        404,
        `The model \`${model}\` does not exist or you do not have access to it.`,
        null,
        'model_not_found',
      ),
    refuse(request, earlier) {
      if (request.max_tokens !== undefined)
        return openAiError(
          400,
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          'max_tokens',
          'unsupported_parameter',
        );
      if (request.temperature !== undefined && request.temperature !== 1)
        return openAiError(
          400,
          "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
          'temperature',
          'unsupported_value',
        );
      if (earlier > 2) return undefined;
      return {
        ...openAiError(
          429,
          'Rate limit reached for gpt-5-mini on requests per min (RPM): Limit 3. Please try again in 20ms.',
          null,
          'rate_limit_exceeded',
        ),
        headers: { 'retry-after-ms': '20', 'retry-after': '1' },
      };
    },
    answer(content, request) {
      // Reasoning takes part in the budget.
      if (limitOf(request) < 5000) return { status: 200, body: completion({ content: '' }, 'length') };
      return { status: 200, body: completion({ content, refusal: null, annotations: [] }) };
    },
  },
  {
    name: 'OpenAI, an older model',
    basePath: '/v1',
    keyHeader: 'authorization',
    model: 'gpt-3.5-turbo',
    unknownModel: (model) => openAiError(404, `The model \`${model}\` does not exist.`, null, 'model_not_found'),
    refuse({ response_format, ...request }) {
      if (response_format?.type === 'json_schema')
        return openAiError(
          400,
          "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
          'response_format',
        );
      if (limitOf({ ...request, response_format }) > 4096)
        return openAiError(
          400,
          `max_tokens is too large: ${limitOf({ ...request, response_format })}. This model supports at most 4096 completion tokens.`,
          'max_tokens',
        );
      return undefined;
    },
  },
  {
    name: 'Azure OpenAI, by deployment and API version',
    basePath: '/openai/deployments/notes',
    query: '?api-version=2024-06-01',
    keyHeader: 'api-key',
    model: 'notes',
    wrongKey: {
      status: 401,
      body: {
        error: {
          code: '401',
          message:
            'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
        },
      },
    },
    unknownModel: () => ({
      status: 404,
      body: { error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' } },
    }),
    refuse({ response_format }) {
      if (response_format?.type !== 'json_schema') return undefined;
      return {
        status: 400,
        body: {
          error: {
            code: 'BadRequest',
            message:
              'response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later',
          },
        },
      };
    },
    answer: (content) => ({
      status: 200,
      body: { ...completion({ content }), prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
    }),
  },
  {
    name: 'Azure OpenAI, v1',
    basePath: '/openai/v1',
    query: '?api-version=preview',
    keyHeader: 'api-key',
    model: 'notes',
    unknownModel: () => ({
      status: 404,
      body: { error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' } },
    }),
    refuse: ({ max_tokens }) =>
      max_tokens === undefined
        ? undefined
        : openAiError(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            'max_tokens',
            'unsupported_parameter',
          ),
  },
  {
    name: 'Gemini',
    basePath: '/v1beta/openai',
    keyHeader: 'authorization',
    model: 'gemini-2.5-flash',
    wrongKey: {
      status: 400,
      body: [
        {
          error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' },
        },
      ],
    },
    unknownModel: (model) => ({
      status: 404,
      body: [
        {
          error: {
            code: 404,
            message: `models/${model} is not found for API version v1main, or is not supported for generateContent.`,
            status: 'NOT_FOUND',
          },
        },
      ],
    }),
    refuse({ response_format }, earlier) {
      if (earlier === 0) return geminiThrottles;
      if (response_format?.type !== 'json_schema') return undefined;
      const message = `Invalid JSON payload received. Unknown name "additionalProperties" at 'generation_config.response_schema': Cannot find field.`;
      return { status: 400, body: [{ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }] };
    },
    answer: (content) => ({
      status: 200,
      body: completion({ content: `\`\`\`json\n${content}\n\`\`\`` }, 'stop', { total_tokens: 130 }),
    }),
  },
  {
    name: 'Ollama',
    basePath: '/v1',
    model: 'qwen3:8b',
    unknownModel: (model) => ({
      status: 404,
      body: {
        error: {
          message: `model "${model}" not found, try pulling it first`,
          type: 'api_error',
          param: null,
          code: null,
        },
      },
    }),
    answer: (content) => ({
      status: 200,
      body: completion({ content: `<think>\nThe user {wants}\n</think>\n\n${content}` }),
    }),
  },
  {
    name: 'vLLM',
    basePath: '/v1',
    keyHeader: 'authorization',
    model: 'google/gemma-2-9b-it',
    wrongKey: { status: 401, body: { error: 'Unauthorized' } },
    unknownModel: (model) => ({
      status: 404,
      body: {
        object: 'error',
        message: `The model \`${model}\` does not exist.`,
        type: 'NotFoundError',
        param: null,
        code: 404,
      },
    }),
    refuse(request) {
      if (request.messages.some(({ role }) => role === 'system'))
        return {
          status: 400,
          body: {
            object: 'error',
            message: 'System role not supported',
            type: 'BadRequestError',
            param: null,
            code: 400,
          },
        };
      const limit = limitOf(request);
      if (limit <= 3000) return undefined;
      // It stops counting a prompt that is too long, so the number is a bound.
      const least = Math.max(1, 4097 - limit);
      const message = `This model's maximum context length is 4096 tokens. However, you requested ${limit} output tokens and your prompt contains at least ${least} input tokens, for a total of at least ${limit + least} tokens. Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=${least})`;
      return { status: 400, body: { object: 'error', message, type: 'BadRequestError', param: null, code: 400 } };
    },
    refusalsOfEach: 1,
    answer: (content) => ({ status: 200, body: completion({ content, reasoning_content: null, tool_calls: [] }) }),
  },
  {
    name: 'LM Studio',
    basePath: '/v1',
    model: 'qwen2.5-7b-instruct',
    unknownModel: () =>
      openAiError(
        404,
        'No models loaded. Please load a model in the developer page or use the `lms load` command.',
        'model',
        'model_not_found',
      ),
    refuse({ response_format, temperature }) {
      if (response_format !== undefined && !['json_schema', 'text'].includes(response_format.type))
        return { status: 400, body: { error: "'response_format.type' must be 'json_schema' or 'text'" } };
      if (temperature !== undefined && response_format === undefined)
        return { status: 400, body: { error: 'temperature' } };
      return undefined;
    },
    answer: (content) => ({ status: 200, body: { ...completion({ content }), stats: {} } }),
  },
  {
    name: 'llama.cpp',
    basePath: '/v1',
    keyHeader: 'authorization',
    model: 'local.gguf',
    wrongKey: { status: 401, body: { error: { code: 401, message: 'Invalid API Key', type: 'authentication_error' } } },
    unknownModel: (model) => ({
      status: 400,
      body: { error: { code: 400, message: `model '${model}' not found`, type: 'invalid_request_error' } },
    }),
    refuse(request, earlier) {
      if (earlier === 0)
        return { status: 503, body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } } };
      if (promptTokensOf(request) > smallContext)
        return {
          status: 400,
          body: {
            error: {
              code: 400,
              message: 'the request exceeds the available context size. try increasing the context size',
              type: 'exceed_context_size_error',
              n_prompt_tokens: promptTokensOf(request),
              n_ctx: smallContext,
            },
          },
        };
      if (request.response_format?.type !== 'json_schema') return undefined;
      return { status: 500, body: { error: { code: 500, message: 'failed to parse grammar', type: 'server_error' } } };
    },
    answer: (content) => ({ status: 200, body: { ...completion({ content }), timings: { prompt_n: 1 } } }),
  },
  {
    name: 'Groq',
    basePath: '/openai/v1',
    keyHeader: 'authorization',
    model: 'llama-3.3-70b-versatile',
    wrongKey: openAiError(401, 'Invalid API Key', null, 'invalid_api_key'),
    unknownModel: (model) =>
      openAiError(
        404,
        `The model \`${model}\` does not exist or you do not have access to it.`,
        null,
        'model_not_found',
      ),
    refuse({ response_format }, earlier) {
      if (earlier === 0)
        return openAiError(
          429,
          'Rate limit reached for model `llama-3.3-70b-versatile` on tokens per minute (TPM): Limit 6000, Used 5990, Requested 1200. Please try again in 50ms. Need more tokens?',
          null,
          'rate_limit_exceeded',
        );
      if (response_format?.type !== 'json_schema') return undefined;
      return openAiError(
        400,
        'This model does not support response format `json_schema`. See supported models at https://console.groq.com/docs/structured-outputs#supported-models',
      );
    },
    answer: (content) => ({ status: 200, body: { ...completion({ content }), x_groq: { id: 'req_1' } } }),
  },
  {
    name: 'DeepSeek',
    basePath: '',
    keyHeader: 'authorization',
    model: 'deepseek-chat',
    wrongKey: {
      status: 401,
      body: { error: { message: 'Authentication Fails, Your api key is invalid', type: 'authentication_error' } },
    },
    unknownModel: () => openAiError(400, 'Model Not Exist', null, 'invalid_request_error'),
    refuse({ response_format, messages }, earlier) {
      if (response_format?.type === 'json_schema')
        return {
          status: 422,
          contentType: 'text/plain; charset=utf-8',
          body: 'Failed to deserialize the JSON body into the target type: response_format: response_format.type `json_schema` is unavailable now at line 1 column 1193',
        };
      if (response_format !== undefined && !messages.some(({ content }) => /json/i.test(content)))
        return openAiError(
          400,
          "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'.",
        );
      if (earlier > 1) return undefined;
      return { status: 200, body: completion({ content: '' }, 'insufficient_system_resource') };
    },
    // Blank lines while the request waits for its turn.
    answer: (content) => ({
      status: 200,
      body: `${'\n'.repeat(300)}${JSON.stringify(completion({ content, reasoning_content: 'Hm.' }))}`,
    }),
  },
  {
    name: 'Mistral',
    basePath: '/v1',
    keyHeader: 'authorization',
    model: 'magistral-small-latest',
    wrongKey: { status: 401, body: { message: 'Unauthorized', request_id: 'x' } },
    unknownModel: (model) => ({
      status: 400,
      body: { object: 'error', message: `Invalid model: ${model}`, type: 'invalid_model', param: null, code: '1500' },
    }),
    refuse({ max_completion_tokens }, earlier) {
      if (max_completion_tokens !== undefined) {
        const detail = [
          { type: 'extra_forbidden', loc: ['body', 'max_completion_tokens'], msg: 'Extra inputs are not permitted' },
        ];
        return {
          status: 422,
          body: { object: 'error', message: { detail }, type: 'invalid_request_error', code: null },
        };
      }
      if (earlier > 0) return undefined;
      const message = 'Service tier capacity exceeded for this model.';
      return { status: 429, body: { object: 'error', message, type: 'service_tier_capacity_exceeded', code: '3505' } };
    },
    answer: (content) => ({
      status: 200,
      body: completion({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'It may be {"summary":"a draft"}.' }] },
          { type: 'text', text: content },
        ],
      }),
    }),
  },
  {
    name: 'LiteLLM in front of Bedrock',
    basePath: '/v1',
    keyHeader: 'authorization',
    model: 'claude',
    wrongKey: {
      status: 401,
      body: {
        error: {
          message: 'Authentication Error, Invalid proxy server token passed',
          type: 'auth_error',
          param: 'None',
          code: '401',
        },
      },
    },
    unknownModel: (model) => ({
      status: 400,
      body: {
        error: {
          message: `/chat/completions: Invalid model name passed in model=${model}`,
          type: 'None',
          param: 'None',
          code: '400',
        },
      },
    }),
    refuse(request) {
      if (request.response_format !== undefined)
        return openAiError(
          400,
          "litellm.UnsupportedParamsError: bedrock does not support parameters: ['response_format'], for model=claude. To drop these, set `litellm.drop_params=True`.",
        );
      if (limitOf(request) > 2048)
        return openAiError(
          400,
          'litellm.BadRequestError: BedrockException - {"message":"The maximum tokens you requested exceeds the model limit of 2048. Try again with a maximum tokens value that is lower than 2048."}',
        );
      return undefined;
    },
    answer: (content) => ({
      status: 200,
      body: completion({ content: `Here is the note:\n${content}`, thinking_blocks: null, function_call: null }),
    }),
  },
  {
    name: 'OpenRouter',
    basePath: '/api/v1',
    keyHeader: 'authorization',
    model: 'deepseek/deepseek-r1',
    wrongKey: { status: 401, body: { error: { message: 'No auth credentials found', code: 401 } } },
    unknownModel: (model) => ({
      status: 400,
      body: { error: { message: `${model} is not a valid model ID`, code: 400 } },
    }),
    refuse({ response_format }, earlier) {
      if (response_format !== undefined)
        return {
          status: 404,
          body: {
            error: {
              message:
                'No endpoints found that can handle the requested parameters. To learn more about provider routing, visit: https://openrouter.ai/docs',
              code: 404,
            },
          },
        };
      if (earlier < 3)
        return {
          status: 200,
          body: {
            error: {
              message: 'Provider returned error',
              code: 502,
              metadata: { raw: 'upstream timed out', provider_name: 'x' },
            },
          },
        };
      return undefined;
    },
    answer: (content) => ({
      status: 200,
      body: completion({ content, reasoning: 'Thinking it over.', refusal: null }),
    }),
  },
]; // prettier-ignore

export interface VendorServer {
  readonly baseUrl: string;
  readonly requests: VendorRequest[];
  /** Answers with anything but a note. */
  readonly refusals: () => number;
  close(): Promise<void>;
}

export async function startVendor(vendor: Vendor): Promise<VendorServer> {
  const requests: VendorRequest[] = [];
  let refusals = 0;
  const url = `${vendor.basePath}/chat/completions${vendor.query ?? ''}`;

  function answerTo(path: string, headers: Readonly<Record<string, unknown>>, body: string): Answer {
    if (path !== url) return { status: 404, body: { error: { code: '404', message: 'Resource not found' } } };
    const { keyHeader, wrongKey = openAiError(401, 'Incorrect API key') } = vendor;
    const expected = keyHeader === 'authorization' ? `Bearer ${vendorKey}` : vendorKey;
    if (keyHeader !== undefined && headers[keyHeader] !== expected) return wrongKey;
    const request = requestSchema.parse(JSON.parse(body));
    if (request.model !== vendor.model) return vendor.unknownModel(request.model);
    requests.push(request);
    const refusal = vendor.refuse?.(request, requests.length - 1);
    if (refusal !== undefined) return refusal;
    const content = noteFor(request);
    return vendor.answer?.(content, request) ?? { status: 200, body: completion({ content }) };
  }

  const server = createServer((request, response) => {
    readBody(request).then((body) => {
      const {
        status,
        body: answer,
        headers,
        contentType = 'application/json',
      } = answerTo(request.url ?? '', request.headers, body);
      if (status !== 200) refusals += 1;
      response.writeHead(status, { 'content-type': contentType, ...headers });
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    }, response.destroy.bind(response));
  });
  const { port, close } = await listenOnFreePort(server);
  return {
    baseUrl: `http://127.0.0.1:${port}${vendor.basePath}${vendor.query ?? ''}`,
    requests,
    refusals: () => refusals,
    close,
  };
}

function noteFor({ messages }: VendorRequest): string {
  const labels = [...new Set(messages.at(-1)?.content.match(/(?<= begin )S\d+/g))];
  const steps = labels.map((label) => ({ text: `Do what ${label} says.`, sources: [label] }));
  return JSON.stringify({ summary: 'Probably a known problem.', steps, confidence: 'medium' });
}
