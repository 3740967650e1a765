import { z } from 'zod';
import type { Config } from '../../config/config.js';
import { CliError } from '../cli-error.js';
import { readConfig, readTenants } from '../configuration.js';
import { exitCodes } from '../exit-codes.js';
import { awaitNote, type NoteOutcome } from '../note-wait.js';
import { formatDuration } from '../quantities.js';
import { ask, webhooksUrl } from '../service-client.js';
import { printable, wrap } from '../text-table.js';
import type { Terminal } from '../terminal.js';
import { fieldIn, type SignedTicket, signTicket, type TicketOptions } from './test-ticket.js';

export interface SendOptions extends TicketOptions {
  readonly url?: string;
  readonly metricsUrl?: string;
  readonly timeout: number;
  /** False with `--no-wait`. */
  readonly wait: boolean;
  readonly json?: true;
}

const acceptedSchema = z.object({ job_id: z.string(), correlation_id: z.string(), duplicate: z.boolean() });
type Accepted = z.infer<typeof acceptedSchema>;
const problemSchema = z
  .object({
    title: z.string().optional(),
    detail: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .catch({});

export async function sendTicket(options: SendOptions, terminal: Terminal): Promise<void> {
  const config = readConfig();
  const signed = signTicket(readTenants(config), options, Date.now());
  const startedMs = performance.now();
  const url = `${webhooksUrl(config, options.url)}/webhook/servicedesk`;
  const response = await ask(url, { method: 'POST', headers: signed.headers, body: signed.body });
  const answer: unknown = await response.json().catch(() => undefined);
  const accepted = acceptedSchema.safeParse(answer).data;
  if (response.status !== 202 || accepted === undefined) throw rejected(response, answer, url);
  const answerMs = performance.now() - startedMs;
  if (!options.json) terminal.print(acceptedLine(accepted, signed, answerMs, terminal));
  const outcome = options.wait
    ? await wait(config, { signed, accepted }, options, terminal)
    : ({ kind: 'accepted' } as const);
  const seconds = Math.round(performance.now() - startedMs) / 1000;
  if (options.json) terminal.printJson(toDocument(signed, accepted, outcome, seconds));
  else for (const line of outcomeLines(outcome, seconds, terminal)) terminal.print(line);
  process.exitCode = exitCodes[exitOf(outcome)].code;
  if (!options.json) explainFailure(outcome, accepted, options, terminal);
}

type Outcome = NoteOutcome | { readonly kind: 'accepted' };

function wait(
  config: Config,
  { signed: { tenant, body }, accepted }: { readonly signed: SignedTicket; readonly accepted: Accepted },
  options: SendOptions,
  terminal: Terminal,
): Promise<NoteOutcome> {
  const job = {
    jobId: accepted.job_id,
    correlationId: accepted.correlation_id,
    tenant,
    ticketId: fieldIn(body, 'ticket_id') ?? '',
  };
  return awaitNote(config, job, { timeoutMs: options.timeout, metricsUrl: options.metricsUrl }, terminal);
}

function acceptedLine(accepted: Accepted, { tenant, scheme, body }: SignedTicket, ms: number, { paint }: Terminal) {
  const what = accepted.duplicate ? 'accepted, a repeat of an earlier delivery' : 'accepted';
  const ticket = printable(fieldIn(body, 'ticket_id') ?? '');
  return `${paint('green', '202')}  ${ticket} of ${tenant.id} (${scheme}): ${what} in ${formatDuration(ms / 1000)}, job ${accepted.job_id}`;
}

/** Columns. Longer lines of prose are hard to read. */
const widestNote = 100;
const noteIndent = '  ';

function outcomeLines(outcome: Outcome, seconds: number, { paint, columns }: Terminal): string[] {
  if (outcome.kind === 'posted') return [`The note is on the desk after ${formatDuration(seconds)} (${outcome.mode}).`];
  if (outcome.kind === 'silent')
    return [`Nothing was found for the ticket, so it has no note (after ${formatDuration(seconds)}).`];
  if (outcome.kind !== 'note') return [];
  const { note } = outcome;
  const width = Math.min(columns ?? widestNote, widestNote) - noteIndent.length;
  const text = note.text.split('\n').flatMap((line) => wrap(printable(line), width).map((part) => noteIndent + part));
  return [paint('bold', `The note after ${formatDuration(seconds)} (${note.mode}):`), '', ...text];
}

function exitOf(outcome: Outcome) {
  switch (outcome.kind) {
    case 'accepted':
    case 'note':
    case 'posted':
    case 'silent':
      return 'ok';
    case 'timed-out':
      return 'timedOut';
    case 'job-failed':
      return 'jobFailed';
  }
}

function explainFailure(outcome: Outcome, { job_id }: Accepted, { timeout }: SendOptions, terminal: Terminal): void {
  if (outcome.kind === 'timed-out') {
    terminal.note(
      `No note after ${formatDuration(timeout / 1000)}${outcome.seen === '' ? '' : `; the job is ${outcome.seen}`}. Look at it with \`ticket-enhancer jobs show ${job_id}\`, and at the service with \`ticket-enhancer top\`.`,
    );
  } else if (outcome.kind === 'job-failed') {
    terminal.note(
      `The job failed for good: ${printable(outcome.reason)} Correct the cause, then run \`ticket-enhancer jobs retry ${job_id}\`.`,
    );
  }
}

function toDocument({ tenant, scheme, body }: SignedTicket, accepted: Accepted, outcome: Outcome, seconds: number) {
  const note = outcome.kind === 'note' ? outcome.note : undefined;
  return {
    outcome: outcome.kind.replace('-', '_'),
    tenant_id: tenant.id,
    ticket_id: fieldIn(body, 'ticket_id') ?? null,
    scheme,
    ...accepted,
    seconds,
    note: note === undefined ? null : { mode: note.mode, created_at: note.created_at, text: note.text },
    reason: outcome.kind === 'job-failed' ? outcome.reason : null,
  };
}

/** The service's own words, and what to do. */
function rejected(response: Response, answer: unknown, url: string): CliError {
  const { title, detail, errors } = problemSchema.parse(answer);
  const fields = errors?.map(({ field, message }) => printable(`${field} ${message}`)).join('; ');
  const said =
    fields === undefined ? printable(detail ?? title ?? 'The answer is not one of this service.') : `${fields}.`;
  const advice = adviceFor(response.status, response.headers.get('retry-after'), url);
  return new CliError('REJECTED', 'rejected', `${response.status}: ${said} ${advice}`);
}

function adviceFor(status: number, retryAfter: string | null, url: string): string {
  switch (status) {
    case 401:
      return 'Does the service run on the same tenants file and secrets as this command, and is this clock right?';
    case 403:
      return 'Set the tenant’s `active` to true in the tenants file, and reload the service with SIGHUP.';
    case 400:
    case 413:
    case 415:
    case 422:
      return 'Correct the body.';
    case 429:
    case 503:
      return `Try again${retryAfter === null ? ' shortly' : ` after ${retryAfter} s`}; \`ticket-enhancer check\` says what is missing.`;
    default:
      return `Webhooks are served at HTTP_HOST and HTTP_PORT, or at the address given with --url, without a path; this was ${url}.`;
  }
}
