import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { listenOnFreePort, readBody } from './http-server.js';

/** An OpenAI-compatible endpoint, `/v1/chat/completions` alone, as well or badly behaved as a test asks for. */

export type ModelBehaviour =
  /** Answers well: a step for each source that it was given. */
  | { readonly kind: 'good' }
  /** Any text as the message's content. */
  | { readonly kind: 'content'; readonly content: string }
  /** Cites what it was not given. */
  | { readonly kind: 'invented-citation' }
  /** Does what a ticket told it to do, as a model that fell for an injection would. */
  | { readonly kind: 'obedient'; readonly text: string }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Refuses prompts of more tokens in llama.cpp's words; answers others well. */
  | { readonly kind: 'small-context'; readonly tokens: number }
  /** Reads no more of a prompt than so many tokens, and says so by their number alone, of which it tells a share. */
  | { readonly kind: 'cut-prompt'; readonly tokens: number; readonly share: number }
  /** Refuses with these words. */
  | { readonly kind: 'refusal'; readonly status: number; readonly message: string }
  /** Its budget ends before the answer unless it is at least so large. */
  | { readonly kind: 'cut-off'; readonly enoughTokens: number; readonly content: string }
  /** A body that is no chat completion. */
  | { readonly kind: 'body'; readonly body: string; readonly contentType?: string }
  /** Answers well, after a while. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'endless' }
  | { readonly kind: 'never' }
  /** Answers well, when it is let. */
  | { readonly kind: 'held'; readonly until: Promise<void> }
  | { readonly kind: 'hang-up' }
  | { readonly kind: 'redirect'; readonly location: string }
  /** Refuses a request for JSON mode, as some endpoints do. */
  | { readonly kind: 'no-json-mode' };

const requestSchema = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
  max_tokens: z.number().optional(),
  temperature: z.number().optional(),
  response_format: z.object({ type: z.enum(['json_object', 'json_schema']) }).optional(),
});
export type ChatRequest = z.infer<typeof requestSchema>;

export interface LlmServer {
  /** With `/v1`. */
  readonly baseUrl: string;
  readonly requests: (ChatRequest & { readonly headers: IncomingMessage['headers']; readonly atMs: number })[];
  /** How it behaves from now on. */
  behave(behaviour: ModelBehaviour): void;
  /** How it behaves for the next requests, in turn, before it goes on as before. */
  behaveNext(behaviours: readonly ModelBehaviour[]): void;
  close(): Promise<void>;
}

export async function startLlmServer(apiKey = 'sk-test-key-12345678'): Promise<LlmServer> {
  const requests: LlmServer['requests'] = [];
  const next: ModelBehaviour[] = [];
  let usual: ModelBehaviour = { kind: 'good' };

  function complete(
    response: ServerResponse,
    { model, messages }: ChatRequest,
    content: string,
    finish = 'stop',
    prompt_tokens = Math.ceil(JSON.stringify(messages).length / 4),
  ): void {
    const completion_tokens = Math.ceil(content.length / 4);
    const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
    const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: finish }];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, choices, usage }));
  }

  function refuse(
    response: ServerResponse,
    status: number,
    message: string,
    headers: Record<string, string> = {},
  ): void {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } }));
  }

  function answer(behaviour: ModelBehaviour, asked: ChatRequest, response: ServerResponse): void {
    switch (behaviour.kind) {
      case 'good':
        return complete(response, asked, goodAnswer(asked));
      case 'content':
        return complete(response, asked, behaviour.content);
      case 'invented-citation': {
        const steps = [{ text: 'Restart the flux capacitor.', sources: ['S1', 'S99', 'KB-404'] }];
        return complete(response, asked, JSON.stringify({ summary: 'It is the flux capacitor.', steps }));
      }
      case 'obedient':
        return complete(response, asked, JSON.stringify({ summary: behaviour.text, steps: [] }));
      case 'status': {
        const { status, retryAfterSeconds, headers: given = {} } = behaviour;
        const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
        return refuse(response, status, `status ${status}`, { ...given, ...headers } as Record<string, string>);
      }
      case 'cut-prompt': {
        const told = Math.round(Math.min(tokensIn(asked), behaviour.tokens) * behaviour.share);
        return complete(response, asked, goodAnswer(asked), 'stop', told);
      }
      case 'small-context': {
        const tokens = tokensIn(asked);
        const words = `request (${tokens} tokens) exceeds the available context size (${behaviour.tokens} tokens)`;
        return tokens > behaviour.tokens ? refuse(response, 400, words) : complete(response, asked, goodAnswer(asked));
      }
      case 'refusal':
        return refuse(response, behaviour.status, behaviour.message);
      case 'cut-off':
        return (asked.max_tokens ?? 0) >= behaviour.enoughTokens
          ? complete(response, asked, goodAnswer(asked))
          : complete(response, asked, behaviour.content, 'length');
      case 'body':
        response.writeHead(200, { 'content-type': behaviour.contentType ?? 'application/json' });
        response.end(behaviour.body);
        return;
      case 'endless': {
        response.writeHead(200, { 'content-type': 'application/json' });
        const chunk = ' '.repeat(64 * 1024);
        const pour = (): void => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', pour);
        return pour();
      }
      case 'slow': {
        const late = setTimeout(() => complete(response, asked, goodAnswer(asked)), behaviour.delayMs);
        response.once('close', () => clearTimeout(late));
        return;
      }
      case 'never':
        return;
      case 'held':
        void behaviour.until.then(() => answer({ kind: 'good' }, asked, response));
        return;
      case 'hang-up':
        response.destroy();
        return;
      case 'redirect':
        response.writeHead(307, { location: behaviour.location });
        response.end();
        return;
      case 'no-json-mode':
        if (asked.response_format !== undefined) return refuse(response, 400, "'response_format' is not supported");
        return complete(response, asked, `\`\`\`json\n${goodAnswer(asked)}\n\`\`\``);
    }
  }

  const server = createServer((request, response) => {
    readBody(request).then((body) => {
      if (request.method !== 'POST' || request.url !== '/v1/chat/completions')
        return refuse(response, 404, 'no such page');
      if (request.headers.authorization !== `Bearer ${apiKey}`) return refuse(response, 401, 'Incorrect API key');
      const parsed = requestSchema.safeParse(JSON.parse(body));
      if (!parsed.success) return refuse(response, 400, parsed.error.message);
      requests.push({ ...parsed.data, headers: request.headers, atMs: Date.now() });
      answer(next.shift() ?? usual, parsed.data, response);
    }, response.destroy.bind(response));
  });
  const { port, close } = await listenOnFreePort(server);
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    behave: (behaviour) => {
      usual = behaviour;
    },
    behaveNext: (behaviours) => void next.push(...behaviours),
    close,
  };
}

function tokensIn({ messages }: ChatRequest): number {
  return Math.ceil(messages.reduce((sum, { content }) => sum + content.length, 0) / 4);
}

function goodAnswer({ messages }: ChatRequest): string {
  const labels = [...new Set(messages.at(-1)?.content.match(/(?<= begin )S\d+/g))];
  const steps = labels.map((label) => ({ text: `Do what ${label} says.`, sources: [label] }));
  return JSON.stringify({ summary: 'Probably a known problem.', steps, confidence: 'medium' });
}
