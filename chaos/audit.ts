import type { Exposition } from '../test/support/exposition.js';
import { until } from '../test/support/service.js';
import { evidenceOf } from './evidence.js';
import type { Delivery, Ledger } from './ledger.js';
import { exactly, type Finding } from './promises.js';
import { untilAllEnded } from './redis-view.js';
import type { Injection } from './schedule.js';
import type { Target } from './target.js';

/** The ledger held against what is on the desks, in Redis, and in the metrics. */

export interface NoteAudit {
  readonly accepted: number;
  /** One note, and no failed job. */
  readonly once: number;
  /** Neither a note nor a failed job: the 202 was a lie. */
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  /** Failed for good, for a reason that passes: every fault of the runner passes, and none is a job that kills its worker. */
  readonly givenUp: readonly string[];
  /** Still in the queue when the runner stopped waiting for them. */
  readonly unended: readonly string[];
  /** Reasons of the failed jobs, by their code. */
  readonly reasons: ReadonlyMap<string, number>;
  /** For the first few of those lost, twice, given up and unended: what happened to them. */
  readonly evidence: readonly (readonly string[])[];
}

export interface AuditOptions {
  /** How long the work that the faults left behind may take, milliseconds. */
  readonly endsWithinMs?: number;
  /** What was injected, for the evidence. */
  readonly injections?: readonly Injection[];
}

/** The longest delay of a job is five minutes; a dead desk holds one for minutes. */
const defaultEndsWithinMs = 360_000;
const casesShown = 5;

async function notesOf(target: Target, { tenantId, ticketId }: Delivery): Promise<number> {
  if (target.atDesk.includes(tenantId)) return target.desk.notes(ticketId).length;
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
  { endsWithinMs = defaultEndsWithinMs, injections = [] }: AuditOptions = {},
): Promise<NoteAudit> {
  await untilAllEnded(target.redis, endsWithinMs, say);
  const broken: Record<'lost' | 'twice' | 'givenUp' | 'unended', Delivery[]> = {
    lost: [],
    twice: [],
    givenUp: [],
    unended: [],
  };
  const reasons = new Map<string, number>();
  let once = 0;
  const accepted = ledger.deliveries.filter(({ jobId }) => jobId !== undefined);
  for (const delivery of accepted) {
    const notes = await notesOf(target, delivery);
    const end = await target.redis.endOf(delivery.jobId ?? '');
    const code = end.kind === 'failed' ? (end.reason.split(':', 1)[0] ?? '') : undefined;
    if (code !== undefined) reasons.set(code, (reasons.get(code) ?? 0) + 1);
    if (notes > 1) broken.twice.push(delivery);
    else if (code !== undefined && code !== '') broken.givenUp.push(delivery);
    else if (end.kind === 'unended') broken.unended.push(delivery);
    else if (notes === 0 || code === '') broken.lost.push(delivery);
    else once += 1;
  }
  const worst = [...broken.twice, ...broken.lost, ...broken.givenUp, ...broken.unended].slice(0, casesShown);
  const ids = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ ticketId }) => ticketId);
  return {
    accepted: accepted.length,
    once,
    reasons,
    lost: ids(broken.lost),
    twice: ids(broken.twice),
    givenUp: ids(broken.givenUp),
    unended: ids(broken.unended),
    evidence: await Promise.all(worst.map((delivery) => evidenceOf(target, delivery, injections))),
  };
}

/** Of several services, as one. */
export function mergedNotes(audits: readonly NoteAudit[]): NoteAudit {
  const sum = (of: (audit: NoteAudit) => number): number => audits.reduce((total, audit) => total + of(audit), 0);
  const codes = [...new Set(audits.flatMap(({ reasons }) => [...reasons.keys()]))];
  return {
    accepted: sum(({ accepted }) => accepted),
    once: sum(({ once }) => once),
    reasons: new Map(codes.map((code) => [code, sum(({ reasons }) => reasons.get(code) ?? 0)])),
    lost: audits.flatMap(({ lost }) => lost),
    twice: audits.flatMap(({ twice }) => twice),
    givenUp: audits.flatMap(({ givenUp }) => givenUp),
    unended: audits.flatMap(({ unended }) => unended),
    evidence: audits.flatMap(({ evidence }) => evidence),
  };
}

/** What a promise of exactly one note each does not allow, one sentence each. */
export function wrongNotes({ lost, twice, givenUp, unended }: NoteAudit): string[] {
  return [
    ...twice.map((id) => `twice: ${id}`),
    ...lost.map((id) => `lost: ${id}`),
    ...givenUp.map((id) => `given up: ${id}`),
    ...unended.map((id) => `not ended: ${id}`),
  ];
}

/** Kept where nothing is wrong, and `holds`. */
export function noteFinding({
  wrong,
  notes,
  holds = true,
  ...finding
}: Pick<Finding, 'promise' | 'on' | 'figure' | 'raw'> & {
  readonly wrong: readonly string[];
  readonly notes: NoteAudit;
  readonly holds?: boolean;
}): Finding {
  return { ...finding, verdict: exactly(holds && wrong.length === 0), details: wrong, evidence: notes.evidence };
}

/** `7540 of 7552 once, 12 given up (12 DESK_REFUSED), 0 lost, 0 twice`. */
export function noteFigure({ accepted, once, givenUp, lost, twice, unended, reasons }: NoteAudit): string {
  const codes = [...reasons].map(([code, count]) => `${count} ${code}`);
  const why = codes.length === 0 ? '' : ` (${codes.join(', ')})`;
  const late = unended.length === 0 ? '' : `, ${unended.length} not ended`;
  return `${once} of ${accepted} once, ${givenUp.length} given up${why}, ${lost.length} lost, ${twice.length} twice${late}`;
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
