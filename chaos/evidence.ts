import { z } from 'zod';
import type { Delivery } from './ledger.js';
import type { Injection } from './schedule.js';
import { faults } from './faults.js';
import type { Target } from './target.js';

/** What is known of one delivery, in the order of time: for a person who looks into a broken promise. */

interface Event {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly text: string;
}

/** A fault may do its harm a while after it was undone: a desk acts late, a lock expires. Milliseconds. */
const aftermathMs = 20_000;
const longestLine = 400;

/** @returns lines: what it is, its events, and what Redis has of it */
export async function evidenceOf(
  target: Target,
  delivery: Delivery,
  injections: readonly Injection[],
): Promise<readonly string[]> {
  const { tenantId, ticketId, jobId = 'none', seen } = delivery;
  const clients = seen.flatMap(({ outcome, firstMs, lastMs, times }): Event[] => [
    { atMs: firstMs, text: `client: ${outcome}` },
    ...(times > 1 ? [{ atMs: lastMs, text: `client: ${outcome}, the last of ${times}` }] : []),
  ]);
  const requests = target.desk.requests
    .filter(({ path }) => path.includes(`/requests/${ticketId}/`))
    .map(({ atMs, method }) => ({ atMs, text: `desk: receives ${method}` }));
  const notes = target.desk.notes(ticketId).map(({ receivedAtMs, id }) => ({
    atMs: receivedAtMs,
    text: `desk: has note ${id}`,
  }));
  const logged = logLinesOf(target.logs(), [jobId, `"${ticketId}"`]);
  const own = [...clients, ...requests, ...notes, ...logged];
  const [fromMs, toMs] = [
    delivery.openedAtMs,
    Math.max(delivery.openedAtMs, ...[...clients, ...requests, ...notes].map(({ atMs }) => atMs)),
  ];
  const around = injections
    .filter(({ beganMs, endedMs = Number.POSITIVE_INFINITY }) => beganMs <= toMs && endedMs >= fromMs - aftermathMs)
    .flatMap(({ fault, beganMs, endedMs }): Event[] => [
      { atMs: beganMs, text: `fault begins: ${faults[fault].what}` },
      ...(endedMs === undefined ? [] : [{ atMs: endedMs, text: `fault ends: ${faults[fault].what}` }]),
    ]);
  const records = await target.redis.recordsOf(jobId).catch(() => ['Redis does not answer']);
  return [
    `ticket ${ticketId} of ${tenantId}, job ${jobId}`,
    ...[...own, ...around]
      .sort((a, b) => a.atMs - b.atMs)
      .map(({ atMs, text }) => `  ${new Date(atMs).toISOString()}  ${text}`),
    ...records.map((record) => `  ${record}`),
  ].map((line) => line.slice(0, longestLine));
}

const lineSchema = z.object({
  time: z.union([z.number(), z.string()]),
  role: z.string().optional(),
  slot: z.number().optional(),
  msg: z.string().optional(),
  err: z.object({ message: z.string().optional(), code: z.string().optional() }).optional(),
});

/** Lines of the service's log that name one of these. Their clock is that of the service, which a fault may have moved. */
function logLinesOf(log: string, names: readonly string[]): Event[] {
  return log
    .split('\n')
    .filter((line) => names.some((name) => line.includes(name)))
    .flatMap((line): Event[] => {
      const parsed = lineSchema.safeParse(parseLine(line));
      if (!parsed.success) return [];
      const { time, role = 'primary', slot, msg, err } = parsed.data;
      const why = err === undefined ? '' : ` (${err.code ?? 'no code'}: ${err.message ?? ''})`;
      return [{ atMs: new Date(time).getTime(), text: `log: ${role} ${slot ?? ''}: ${msg ?? ''}${why}` }];
    });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // cut by a kill
  }
}
