import type { Drill } from '../drill.js';
import { until } from '../../test/support/service.js';
import { deliverOne } from '../load.js';
import { within } from '../promises.js';
import { signal, startTarget } from '../target.js';

/** At which times the model was asked about a ticket: once in each run of its job. */
export function runsOf(
  model: { requests: readonly { messages: readonly { content: string }[]; atMs: number }[] },
  ticketId: string,
) {
  return model.requests.filter(({ messages }) => messages.some(({ content }) => content.includes(ticketId)));
}

const rounds = 5;

export const redelivery: Drill = {
  what: 'a worker is SIGKILLed in the middle of a job',
  async run({ short, say }) {
    const target = await startTarget({ withModel: true, env: { WORKER_PROCESSES: '2', LLM_TIMEOUT_MS: '60000' } });
    try {
      target.model.behave({ kind: 'never' });
      const delaysMs: number[] = [];
      for (let round = 1; round <= (short ? 1 : rounds); round++) {
        const ticketId = `redelivery-${round}`;
        await deliverOne(target.service.webhooks, ticketId);
        await until('the job runs', () => runsOf(target.model, ticketId).length === 1);
        const killedAtMs = Date.now();
        for (const pid of await target.children('worker')) signal(pid, 'SIGKILL');
        await until('the job runs again', () => runsOf(target.model, ticketId).length === 2, 60_000);
        delaysMs.push((runsOf(target.model, ticketId)[1]?.atMs ?? 0) - killedAtMs);
        say(`round ${round}: again after ${delaysMs.at(-1)} ms`);
        await until('both workers are back', async () => (await target.children('worker')).length === 2);
      }
      target.model.behave({ kind: 'good' });
      const slowest = Math.max(...delaysMs);
      return [
        {
          promise: 'redelivery',
          figure: `${(slowest / 1000).toFixed(2)} s, the slowest of ${delaysMs.length} (both workers killed: the new ones must boot first)`,
          verdict: within(slowest, 1000, 15_000),
        },
      ];
    } finally {
      await target.close();
    }
  },
};
