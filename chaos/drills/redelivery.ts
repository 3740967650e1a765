import { until } from '../../test/support/service.js';
import type { Drill } from '../drill.js';
import { deliverOne } from '../load.js';
import { within } from '../promises.js';
import { signal, startTarget, type Target } from '../target.js';

const rounds = 5;
const jobs = 8;

/** When the model was asked about a ticket: once in each run of its job. Epoch milliseconds. */
export function runsOf({ requests }: Target['model'], ticketId: string): readonly number[] {
  return requests
    .filter(({ messages }) => messages.some(({ content }) => content.includes(`(${ticketId})`)))
    .map(({ atMs }) => atMs);
}

export const redelivery: Drill = {
  what: 'a worker is SIGKILLed in the middle of its jobs',
  async run({ short, say }) {
    const env = { LLM_TIMEOUT_MS: '60000', SHUTDOWN_TIMEOUT_MS: '500', WORKER_CONCURRENCY: '50' };
    const target = await startTarget({ withModel: true, env });
    try {
      target.model.behave({ kind: 'never' });
      const delaysMs: number[] = [];
      for (let round = 1; round <= (short ? 1 : rounds); round++) {
        const tickets = Array.from({ length: jobs }, (_, i) => `redelivery-${round}-${i}`);
        await Promise.all(tickets.map((ticketId) => deliverOne(target.service.webhooks, ticketId)));
        await until('the jobs run', () => tickets.every((ticketId) => runsOf(target.model, ticketId).length === 1));
        const [seenOutput, seenRuns] = [target.service.output().length, target.model.requests.length];
        const [victim] = await target.children('worker');
        const killedAtMs = Date.now();
        signal(victim ?? 0, 'SIGKILL');
        // The other worker keeps its own: those that were given back, and no others, run again.
        const givenBack = () =>
          target.service
            .output()
            .slice(seenOutput)
            .match(/job was given back/g)?.length ?? 0;
        const again = () => target.model.requests.slice(seenRuns).map(({ atMs }) => atMs);
        await until('its jobs run again', () => givenBack() > 0 && again().length >= givenBack(), 60_000);
        delaysMs.push(Math.max(...again()) - killedAtMs);
        say(`round ${round}: ${again().length} jobs run again, the last after ${delaysMs.at(-1)} ms`);
        await until('both workers are back', async () => (await target.children('worker')).length === 2);
      }
      const slowest = Math.max(...delaysMs);
      return [
        {
          promise: 'redelivery',
          figure: `${(slowest / 1000).toFixed(2)} s, the slowest of ${delaysMs.length}`,
          verdict: within(slowest, 1000, 15_000),
        },
      ];
    } finally {
      await target.close();
    }
  },
};
