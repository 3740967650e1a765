import { until } from '../../test/support/service.js';
import type { Drill } from '../drill.js';
import { deliverOne } from '../load.js';
import { within } from '../promises.js';
import { onTarget, signal, type Target } from '../target.js';

const rounds = 3;
const jobs = 8;

/** When the model was asked about a ticket: once in each run of its job. Epoch milliseconds. */
export function runsOf({ requests }: Target['model'], ticketId: string): readonly number[] {
  return requests
    .filter(({ messages }) => messages.some(({ content }) => content.includes(`(${ticketId})`)))
    .map(({ atMs }) => atMs);
}

/** @returns how long after the kill the last of its jobs ran again, milliseconds */
async function killAWorker(say: (text: string) => void): Promise<number> {
  const env = { LLM_TIMEOUT_MS: '60000', SHUTDOWN_TIMEOUT_MS: '500' };
  return onTarget({ withModel: true, env }, async (target) => {
    target.model.behave({ kind: 'never' });
    const tickets = Array.from({ length: jobs }, (_, i) => `redelivery-${i}`);
    await Promise.all(tickets.map((ticketId) => deliverOne(target.service.webhooks, ticketId)));
    await until('the jobs run', () => tickets.every((ticketId) => runsOf(target.model, ticketId).length === 1));
    const [victim = 0] = await target.children('worker');
    const killedAtMs = Date.now();
    signal(victim, 'SIGKILL');
    // The other worker keeps its own: those that were given back, and no others, run again.
    const givenBack = () => target.service.output().match(/job was given back/g)?.length ?? 0;
    const again = () => target.model.requests.slice(jobs).map(({ atMs }) => atMs);
    await until('its jobs run again', () => givenBack() > 0 && again().length >= givenBack(), 60_000);
    const lastMs = Math.max(...again()) - killedAtMs;
    say(`${again().length} jobs run again, the last after ${lastMs} ms`);
    return lastMs;
  });
}

export const redelivery: Drill = {
  what: 'a worker is SIGKILLed in the middle of its jobs',
  async run({ short, say }) {
    const delaysMs: number[] = [];
    while (delaysMs.length < (short ? 1 : rounds)) delaysMs.push(await killAWorker(say));
    const slowest = Math.max(...delaysMs);
    return [
      {
        promise: 'redelivery',
        figure: `${(slowest / 1000).toFixed(2)} s, the slowest of ${delaysMs.length}`,
        verdict: within(slowest, 1000, 15_000),
      },
    ];
  },
};
