import type { Exposition } from '../test/support/exposition.js';
import { until } from '../test/support/service.js';
import { untilAllEnded } from './embedded-redis.js';
import type { Delivery, Ledger } from './ledger.js';
import type { Target } from './target.js';
import { deskTenant } from './tenants.js';

/** The ledger held against what is on the desks, in Redis, and in the metrics. */

export interface NoteAudit {
  readonly accepted: number;
  /** One note, and no failed job. */
  readonly once: number;
  /** Failed for good, with a reason. */
  readonly failed: number;
  /** Neither a note nor a failed job: the 202 was a lie. */
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  /** Reasons of the failed jobs, by their code. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** How long the work that the faults left behind may take: a lost answer holds a job for 15 s, a dead desk for minutes. */
const restMs = 240_000;

async function notesOf(target: Target, { tenantId, ticketId }: Delivery, withDesk: boolean): Promise<number> {
  if (withDesk && tenantId === deskTenant) return target.desk.notes(ticketId).length;
  const response = await fetch(`${target.service.metrics}/desk/${tenantId}/tickets/${ticketId}`);
  if (response.status === 404) return 0;
  const { notes } = (await response.json()) as { notes: unknown[] };
  return notes.length;
}

/** Waits until all jobs have ended, and looks for the note of every delivery that was accepted. */
export async function auditNotes(
  target: Target,
  ledger: Ledger,
  say: (text: string) => void,
  withDesk = true,
): Promise<NoteAudit> {
  await untilAllEnded(target.redis, restMs, say);
  const lost: string[] = [];
  const twice: string[] = [];
  const reasons = new Map<string, number>();
  let [once, failed] = [0, 0];
  const accepted = ledger.deliveries.filter(({ jobId }) => jobId !== undefined);
  for (const delivery of accepted) {
    const notes = await notesOf(target, delivery, withDesk);
    const reason = await target.redis.failedReason(delivery.jobId ?? '');
    if (notes > 1) twice.push(delivery.ticketId);
    else if (reason !== undefined && reason !== '') failed += 1;
    else if (notes === 0 || reason === '') lost.push(delivery.ticketId);
    else once += 1;
    const code = reason?.split(':', 1)[0];
    if (code !== undefined) reasons.set(code, (reasons.get(code) ?? 0) + 1);
  }
  return { accepted: accepted.length, once, failed, lost, twice, reasons };
}

export interface CounterAudit {
  /** Events that a client saw and that no counter has. */
  readonly lost: number;
  /** Sentences about what does not add up. */
  readonly wrong: readonly string[];
}

function total(exposition: Exposition, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return exposition.samples
    .filter((sample) => sample.name === name && Object.entries(labels).every(([key, is]) => sample.labels[key] === is))
    .reduce((sum, { value }) => sum + value, 0);
}

/**
 * The metrics against the ledger, when every delivery has been accepted and every job has ended under one primary.
 * Events that no client saw (its answer was cut) may be counted on top, where the client knows of a chance for it.
 */
export async function auditCounters(target: Target, ledger: Ledger): Promise<CounterAudit> {
  const jobs = ledger.deliveries.length;
  const requests = (exposition: Exposition, status: string): number =>
    total(exposition, 'enhancement_requests_total', { status });
  let answer = await target.service.scrape();
  // The end of a job is counted before Redis has it; the other way round there is nothing to wait for.
  await until('the last end is counted', async () => {
    answer = await target.service.scrape();
    return requests(answer, 'success') + requests(answer, 'failure') >= jobs;
  }).catch(() => undefined);
  const [received, queued, rejected] = ['received', 'queued', 'rejected'].map((status) => requests(answer, status));
  const ended = requests(answer, 'success') + requests(answer, 'failure');
  const duplicates = total(answer, 'webhook_duplicates_total');
  const observed = total(answer, 'enhancement_duration_seconds_count');
  const refused = [...ledger.answers].reduce((sum, [status, count]) => sum + (status === 202 ? 0 : count), 0);
  const unseen = ledger.cut + ledger.hung;
  const wrong: string[] = [];
  const expectThat = (holds: boolean, sentence: string): void => void (holds || wrong.push(sentence));
  expectThat(queued === jobs, `queued ${queued}, deliveries ${jobs}`);
  expectThat(ended === jobs, `success + failure ${ended}, deliveries ${jobs}`);
  expectThat(observed === ended, `durations ${observed}, ends ${ended}`);
  expectThat(
    received === (queued ?? 0) + (rejected ?? 0) + duplicates,
    `received ${received}, not queued ${queued} + rejected ${rejected} + duplicates ${duplicates}`,
  );
  expectThat(
    (rejected ?? 0) >= refused && (rejected ?? 0) <= refused + unseen,
    `rejected ${rejected}, clients saw ${refused} refusals and ${unseen} requests without an answer`,
  );
  expectThat(
    duplicates >= ledger.duplicates && duplicates <= ledger.duplicates + unseen,
    `duplicates ${duplicates}, clients saw ${ledger.duplicates}`,
  );
  const lost =
    Math.max(0, jobs - (queued ?? 0)) +
    Math.max(0, jobs - ended) +
    Math.max(0, refused - (rejected ?? 0)) +
    Math.max(0, ledger.duplicates - duplicates);
  return { lost, wrong };
}
