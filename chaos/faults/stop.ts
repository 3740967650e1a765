import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultSite } from '../fault.js';
import { signal } from '../target.js';

/** Longer than any stop may take; a service that is still there then is killed, so that the drill can go on. Milliseconds. */
export const longestStopMs = 60_000;

/** Ends the service by a signal and writes down how long that took. */
export async function stopService(
  { target, sightings }: Pick<FaultSite, 'target' | 'sightings'>,
  what: string,
  by: 'SIGKILL' | 'SIGTERM',
): Promise<void> {
  const startMs = performance.now();
  const { pid } = target.service;
  const ended = target.service.stop(by).then(({ code, signal }) => (code === null ? String(signal) : `exit ${code}`));
  const end = await Promise.race([ended, sleep(longestStopMs).then(() => 'never')]);
  if (by === 'SIGTERM') sightings.stops.push({ what, tookMs: performance.now() - startMs, end });
  if (end === 'never') signal(pid, 'SIGKILL');
}
