import { z } from 'zod';
import { localUrl } from '../config/address.js';
import type { Config } from '../config/config.js';
import { messageOf } from '../logging/describe-error.js';
import { CliError } from './cli-error.js';
import { printable } from './text-table.js';

/** A client of a running service's metrics port. */
export interface ServiceClient {
  readonly url: string;
  status(): Promise<ServiceStatus>;
  /** A ticket of the local desk; undefined: it has no such ticket yet. */
  ticket(tenantId: string, ticketId: string): Promise<DeskTicket | undefined>;
}

const count = z.number();

/** The part of `/status` that commands use. */
const statusSchema = z.object({
  asOf: z.string(),
  version: z.string(),
  pid: z.number(),
  uptimeSeconds: z.number(),
  state: z.enum(['ready', 'degraded', 'unready']),
  reasons: z.array(z.object({ reason: z.string(), severity: z.enum(['degraded', 'unready']), message: z.string() })),
  children: z.array(
    z.object({
      role: z.string(),
      slot: z.number(),
      pid: z.number().optional(),
      state: z.string(),
      uptime: z.number().optional(),
      restarts: z.number(),
      reportAgeSeconds: z.number().optional(),
    }),
  ),
  queue: z.object({ counts: z.record(z.string(), z.number()), oldestJobAgeSeconds: z.number() }).nullable(),
  failedJobs: z.array(z.object({ id: z.string(), reason: z.string() })),
  tenants: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      active: z.boolean(),
      requests: z.object({ received: count, success: count, failure: count }),
      successRate: z.number().optional(),
      durationSeconds: z.object({ p95: z.number() }).optional(),
    }),
  ),
});
export type ServiceStatus = z.infer<typeof statusSchema>;

const ticketSchema = z.object({
  subject: z.string(),
  notes: z.array(z.object({ correlation_id: z.string(), mode: z.string(), created_at: z.string(), text: z.string() })),
});
export type DeskTicket = z.infer<typeof ticketSchema>;

/** For one request. Milliseconds. */
const deadlineMs = 5000;

export function metricsUrl(config: Config, given: string | undefined): string {
  return withoutSlash(given ?? localUrl(config.metricsHost, config.metricsPort));
}

export function webhooksUrl(config: Config, given: string | undefined): string {
  return withoutSlash(given ?? localUrl(config.httpHost, config.httpPort));
}

function withoutSlash(url: string): string {
  return url.replace(/(?<!\/)\/+$/, '');
}

/**
 * @param bearerToken METRICS_BEARER_TOKEN
 * @param option the option that sets the address, for messages
 */
export function createServiceClient(url: string, bearerToken: string | undefined, option = '--url'): ServiceClient {
  const authorization: Record<string, string> =
    bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` };
  const get = async (path: string): Promise<Response> => {
    const response = await ask(`${url}${path}`, { headers: authorization }, option);
    if (response.status === 401) {
      throw new CliError(
        'UNAUTHORIZED',
        'failed',
        `${url}${path} requires a token, and the one sent is missing or wrong: set METRICS_BEARER_TOKEN to the service's.`,
      );
    }
    return response;
  };
  const read = async <T>(response: Response, schema: z.ZodType<T>): Promise<T> => {
    const text = await textOf(response);
    if (!response.ok) throw refusedBy(response, text, option);
    const parsed = schema.safeParse(jsonIn(text));
    if (!parsed.success) throw strange(response, parsed.error);
    return parsed.data;
  };
  return {
    url,
    status: async () => read(await get('/status'), statusSchema),
    async ticket(tenantId, ticketId) {
      const response = await get(`/desk/${encodeURIComponent(tenantId)}/tickets/${encodeURIComponent(ticketId)}`);
      return response.status === 404 ? undefined : read(response, ticketSchema);
    },
  };
}

/**
 * @param option the option that sets the address, for messages
 * @throws {CliError} UNREACHABLE, in one sentence
 */
export async function ask(url: string, init: RequestInit = {}, option = '--url'): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(deadlineMs), ...init });
  } catch (error) {
    const { origin } = new URL(url);
    const what = isSilence(error) ? `Nothing answers at ${origin}` : `The request to ${origin} failed`;
    throw new CliError(
      'UNREACHABLE',
      'unreachable',
      `${what} (${reasonOf(error)}). Start the service there with \`npm start\`, or name another address with ${option}.`,
      { cause: error },
    );
  }
}

/** The whole body. @throws {CliError} if the answer is cut off */
async function textOf(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    const message = `${response.url} answered with HTTP ${response.status}, but its answer did not end: ${reasonOf(error)}.`;
    throw new CliError('UNREACHABLE', 'unreachable', message, { cause: error });
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // which no schema accepts
  }
}

const wordsSchema = z.object({ detail: z.string().optional(), title: z.string().optional() }).catch({});

/** The server's own words about a request that it refused; undefined: the answer is not a problem document. */
function wordsIn(text: string): string | undefined {
  const { detail, title } = wordsSchema.parse(jsonIn(text));
  return detail ?? title;
}

/** The cause of fetch's "fetch failed". */
function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

const silence: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether no server answered; false for one that speaks another protocol, or closed the connection. */
function isSilence(error: unknown): boolean {
  return silence.has(codeOf(error)) || (error instanceof Error && error.name === 'TimeoutError');
}

/** Whether nothing listens there. */
export function isRefused(error: unknown): boolean {
  return codeOf(error) === 'ECONNREFUSED';
}

/** In words. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'the connection is refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no host of that name';
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${deadlineMs / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  const words = messageOf(cause instanceof Error && cause.message !== '' ? cause : error);
  return words === 'bad port' ? 'no HTTP client uses this port' : words;
}

function refusedBy(response: Response, text: string, option: string): CliError {
  const words = wordsIn(text);
  const said = words === undefined ? '' : `: ${printable(words)}`;
  return new CliError(
    'STRANGE_ANSWER',
    'failed',
    `${response.url} answered with HTTP ${response.status}${said}${/[.!?]$/.test(said) ? '' : '.'} Is this the metrics port of a ticket-enhancer? It is METRICS_HOST and METRICS_PORT, or the address given with ${option}, without a path.`,
  );
}

function strange({ url, status }: Response, cause?: unknown): CliError {
  return new CliError(
    'STRANGE_ANSWER',
    'failed',
    `${url} answered with HTTP ${status} in a form that this command does not know. Is it a ticket-enhancer of this release?`,
    { cause },
  );
}
