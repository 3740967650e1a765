import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { keepAliveAgent, type Outcome, send } from './http-client.js';
import { createOverlap, type Overlap } from './overlap.js';

/** For how long the service called itself well while it took no webhook. */
export interface GreenWatch {
  /** What a client of the load saw. */
  saw(outcome: Outcome): void;
  /** `/readyz` 200 while every webhook is answered 503. */
  readonly readyz: Overlap['longest'];
  /** `state` `ready` on `/status` in that time; undefined: it has no `state`. */
  readonly state: Overlap['longest'] | undefined;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

const everyMs = 100;
const patienceMs = 2000;
const stateSchema = z.object({ state: z.string() });

/** @param metrics where to; asked for each look, for a restarted service may be elsewhere */
export function watchGreen(metrics: () => string): GreenWatch {
  const [readyz, state] = [createOverlap(), createOverlap()];
  const agent = keepAliveAgent();
  let [stopped, hasState] = [false, false];

  const look = async (): Promise<void> => {
    const health = await send(`${metrics()}/readyz`, agent, { method: 'GET', patienceMs });
    readyz.look('left', health.kind === 'answer' && health.status === 200, performance.now());
    const page = await send(`${metrics()}/status`, agent, { method: 'GET', patienceMs });
    const said = page.kind === 'answer' && page.status === 200 ? stateOf(page.body) : undefined;
    if (said !== undefined) hasState = true;
    state.look('left', said === 'ready', performance.now());
  };
  const watching = (async () => {
    while (!stopped) {
      await look();
      await sleep(everyMs);
    }
    agent.destroy();
  })();

  return {
    saw(outcome) {
      if (outcome.kind !== 'answer') return; // no answer at all is no 503
      for (const overlap of [readyz, state]) overlap.look('right', outcome.status === 503, performance.now());
    },
    get readyz() {
      return readyz.longest;
    },
    get state() {
      return hasState ? state.longest : undefined;
    },
    async stop() {
      stopped = true;
      await watching;
    },
  };
}

function stateOf(body: string): string | undefined {
  try {
    return stateSchema.safeParse(JSON.parse(body)).data?.state;
  } catch {
    return undefined; // cut short: the next look may be whole
  }
}
