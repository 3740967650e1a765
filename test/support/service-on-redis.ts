import { valueOf } from './exposition.js';
import { processorWaitMs } from './proc.js';
import { type Service, until } from './service.js';
import { postTicket } from './webhooks.js';

/** How a service fares on a Redis that comes and goes. */

/** The contract: from when Redis can take a job again. */
export const backWithinMs = 5000;

export async function finishedJobs(service: Service): Promise<number> {
  return valueOf(await service.scrape(), 'enhancement_requests_total', { tenant_id: 'acme', status: 'success' }) ?? 0;
}

/** @returns its HTTP status, and all reasons in one text */
export async function readiness({ metrics }: Service): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${metrics}/readyz`);
  const { reasons } = (await response.json()) as { reasons: string[] };
  return { status: response.status, text: reasons.join(' ') };
}

/**
 * Both kinds of children work: a webhook is accepted, its job is finished, and the service is ready, all within this time in
 * which its processes, and this one, could run.
 */
export async function expectService(service: Service, deadlineMs = backWithinMs): Promise<void> {
  const children = (await service.children()).flatMap(({ pid }) => pid ?? []);
  const pids = [process.pid, service.pid, ...children];
  const before = await finishedJobs(service);
  const [startMs, waitedMs] = [performance.now(), processorWaitMs(pids)];
  const leftMs = () => deadlineMs + processorWaitMs(pids) - waitedMs - (performance.now() - startMs);
  await until('a webhook is accepted', async () => (await postTicket(service.webhooks)).status === 202, leftMs);
  await until('its job is finished', async () => (await finishedJobs(service)) > before, leftMs);
  await until('it is ready', async () => (await readiness(service)).status === 200, leftMs);
}
