import { Agent, request } from 'node:http';
import { z } from 'zod';

/** What became of one request, as its sender sees it. */
export type Outcome =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly retryAfter: string | undefined;
      readonly ms: number;
    }
  /** The connection ended without an answer: the sender knows at once, and sends again. */
  | { readonly kind: 'cut'; readonly ms: number }
  /** Nothing came within the sender's patience: it was left hanging. */
  | { readonly kind: 'hung'; readonly ms: number };

export interface Sending {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly patienceMs: number;
}

/** One client with one connection, which it keeps. */
export function keepAliveAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

/** Sends one request. Never throws: what went wrong is what is being measured. */
export function send(url: string, agent: Agent, { method, headers, body, patienceMs }: Sending): Promise<Outcome> {
  const startMs = performance.now();
  const ms = (): number => performance.now() - startMs;
  return new Promise((resolve) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        settle({
          kind: 'answer',
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          retryAfter: response.headers['retry-after'],
          ms: ms(),
        });
      });
      response.on('error', () => settle({ kind: 'cut', ms: ms() }));
    });
    const impatience = setTimeout(() => {
      settle({ kind: 'hung', ms: ms() });
      call.destroy();
    }, patienceMs);
    const settle = (outcome: Outcome): void => {
      clearTimeout(impatience);
      resolve(outcome);
    };
    call.on('error', () => settle({ kind: 'cut', ms: ms() }));
    call.end(body);
  });
}

const acceptedSchema = z.object({ job_id: z.string(), duplicate: z.boolean() });

/** What a 202 says; undefined for any other outcome. */
export function acceptedBy(outcome: Outcome): { readonly jobId: string; readonly duplicate: boolean } | undefined {
  if (outcome.kind !== 'answer' || outcome.status !== 202) return undefined;
  const { job_id: jobId, duplicate } = acceptedSchema.parse(JSON.parse(outcome.body));
  return { jobId, duplicate };
}
