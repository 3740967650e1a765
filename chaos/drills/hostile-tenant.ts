import fc from 'fast-check';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../../bench/report.js';
import {
  completionOpenings,
  contentOpenings,
  deskOpenings,
  hostileAnswers,
  textOf,
} from '../../test/support/hostile-answers.js';
import { hostileTicket, longestHistory } from '../../test/support/hostile-histories.js';
import { listenOnFreePort, readBody } from '../../test/support/http-server.js';
import { until } from '../../test/support/service.js';
import { auditNotes, mergedNotes, type NoteAudit, noteFigure, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { createLedger, type Ledger } from '../ledger.js';
import { startLoad } from '../load.js';
import { exactly, within } from '../promises.js';
import { onTarget, type Target } from '../target.js';
import { hostileTenant, tenantIds } from '../tenants.js';

/** Of the calm tenants together. */
const perSecond = 10;
/** Of their desk, for each of the two requests that a note takes. */
const deskDelayMs = 150;
const hostilePerSecond = 5;
/** At most so many times as long as without the hostile tenant. */
const slower = 1.2;
const warmUpSeconds = 3;
/** So that what else the machine does falls into the times with and without the hostile tenant alike. */
const episodes = 3;
const longestAloneMs = 120_000;

/** The size bounds of a desk's and a model's answers. */
const bytes = { desk: 2 * 1024 * 1024, model: 1024 * 1024, content: 400_000 } as const;

/**
 * Answers made and encoded before the run: either takes this process, which also is the desk and the model of the calm
 * tenants, longer than reading them may take the service.
 */
const answersMade = 60;
const deskShapes = hostileAnswers(deskOpenings);
const modelShapes = hostileAnswers(completionOpenings);
const contentShapes = hostileAnswers(contentOpenings);

/** Of the model that calm tenants have, at the same endpoint. */
const calmAnswer = JSON.stringify({
  choices: [{ message: { content: JSON.stringify({ summary: 'Probably a known problem.', steps: [] }) } }],
});

/** Without any, the breaker of the desk would stay open, and hardly a request would get as far as a hostile answer. */
const properDeskAnswer = JSON.stringify({
  response_status: { status_code: 2000, status: 'success' },
  notes: [],
  note: { id: '1' },
  list_info: { has_more_rows: false },
});

/** A server of the hostile tenant: half of its answers are shapes of the grammar, a quarter proper, and a quarter never come. */
async function startHostileServer(seed: number, kind: 'desk' | 'model') {
  const shapes = kind === 'desk' ? deskShapes : modelShapes;
  const properAnswer = kind === 'desk' ? properDeskAnswer : calmAnswer;
  const bodies = fc
    .sample(shapes, { seed, numRuns: answersMade })
    .map((shape) => Buffer.from(textOf(shape, bytes[kind])));
  if (kind === 'model') {
    for (const shape of fc.sample(contentShapes, { seed, numRuns: answersMade })) {
      const choices = [{ message: { content: textOf(shape, bytes.content) } }];
      bodies.push(Buffer.from(JSON.stringify({ choices, usage: { prompt_tokens: 1e300, completion_tokens: -1 } })));
    }
  }
  let asked = 0;
  let shape = 0;
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      if (kind === 'model' && !body.includes('"model":"hostile"')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(calmAnswer);
        return;
      }
      const number = asked++;
      if (number % 4 === 3) return;
      const isProper = number % 4 === 1;
      response.writeHead(isProper || number % 8 < 4 ? 200 : 400, { 'content-type': 'application/json' });
      response.end(isProper ? properAnswer : bodies[shape++ % bodies.length]);
    });
  });
  return { ...(await listenOnFreePort(server)), asked: () => asked };
}

interface HostileServers {
  readonly desk: Awaited<ReturnType<typeof startHostileServer>>;
  readonly model: Awaited<ReturnType<typeof startHostileServer>>;
}

/** As much as is kept of a history, of texts that are worst for an index. */
async function fillHistory(target: Target): Promise<void> {
  for (let number = 0; number < longestHistory.tickets; number += 50) {
    const fifty = Array.from({ length: 50 }, (_, i) => hostileTicket(longestHistory, number + i));
    await target.redis.addHistory(hostileTenant, fifty);
  }
}

interface Episode {
  readonly notes: NoteAudit;
  readonly restarts: number;
  /** From acceptance to note, of tickets of the calm tenants. Milliseconds. */
  readonly alone: readonly number[];
  readonly beside: readonly number[];
}

/** From the acceptance of each ticket of a calm tenant to its note, milliseconds. */
async function noteTimes(target: Target, { deliveries }: Ledger, sinceMs: number): Promise<number[]> {
  const measured: number[] = [];
  for (const { jobId, acceptedAtMs = 0 } of deliveries) {
    if (jobId === undefined || acceptedAtMs < sinceMs) continue;
    const endedAtMs = await target.redis.endedAtMs(jobId);
    if (endedAtMs !== undefined) measured.push(Math.max(0, endedAtMs - acceptedAtMs));
  }
  return measured;
}

/** A service that starts anew: first without the hostile tenant's tickets, then with them. */
async function episode(servers: HostileServers, lastsMs: number, say: (text: string) => void): Promise<Episode> {
  return onTarget(
    {
      hostileDesk: `http://127.0.0.1:${servers.desk.port}`,
      env: {
        // Else the first tickets of the hostile tenant wait half a minute for its index, and never reach its model and desk.
        CONTEXT_TIMEOUT_MS: '3000',
        LLM_BASE_URL: `http://127.0.0.1:${servers.model.port}`,
        LLM_API_KEY: 'sk-test-key-12345678',
        LLM_MODEL: 'calm',
        LLM_TIMEOUT_MS: '3000',
      },
    },
    async (target) => {
      target.desk.behave(() => ({ kind: 'slow', delayMs: deskDelayMs }));
      await fillHistory(target);
      const ledger = createLedger();
      const calm = startLoad({ target, ledger, clients: 8, perSecond, name: 'calm', tenants: tenantIds });
      await sleep(warmUpSeconds * 1000);
      const aloneSinceMs = Date.now();
      await sleep(Math.min(lastsMs / 2, longestAloneMs));
      const hostileSinceMs = Date.now();
      say('the hostile tenant begins');
      const options = { target, ledger: createLedger(), clients: 4, perSecond: hostilePerSecond };
      const hostile = startLoad({ ...options, name: 'hostile', tenants: [hostileTenant] });
      await sleep(lastsMs);
      await hostile.stop();
      await calm.stop();
      const restarts = (await target.service.children()).reduce((sum, child) => sum + child.restarts, 0);
      // Not those of the hostile tenant: its jobs are deferred for as long as its desk is as it is.
      await Promise.all(
        ledger.deliveries.map(({ jobId = '' }) =>
          until(
            'the calm tenants’ jobs have ended',
            async () => (await target.redis.endOf(jobId)).kind !== 'unended',
            60_000,
          ),
        ),
      ).catch(() => undefined);
      const notes = await auditNotes(target, ledger, say, { endsWithinMs: 0 });
      const all = await noteTimes(target, ledger, aloneSinceMs);
      const beside = await noteTimes(target, ledger, hostileSinceMs);
      return { notes, restarts, alone: all.slice(0, all.length - beside.length), beside };
    },
  );
}

export const hostileTenantDrill: Drill = {
  what: 'one tenant whose desk and model answer with hostile shapes, and whose history is at its bound, beside two others',
  async run({ seed, minutes, short, say }) {
    const servers = {
      desk: await startHostileServer(seed, 'desk'),
      model: await startHostileServer(seed + 1, 'model'),
    };
    try {
      const lastMs = short ? [10_000] : Array.from({ length: episodes }, () => (minutes * 60_000) / episodes);
      const seen: Episode[] = [];
      for (const ms of lastMs) seen.push(await episode(servers, ms, say));
      const notes = mergedNotes(seen.map((one) => one.notes));
      const restarts = seen.reduce((sum, one) => sum + one.restarts, 0);
      const [alone, beside] = [seen.flatMap((one) => one.alone), seen.flatMap((one) => one.beside)];
      const [before, after] = [percentile(alone, 0.95), percentile(beside, 0.95)];
      const wrong = [...wrongNotes(notes), ...(restarts === 0 ? [] : [`${restarts} children ended`])];
      const times = `p95 ${after.toFixed(0)} ms beside it, ${before.toFixed(0)} ms without`;
      const answers = `${servers.desk.asked()} answers of its desk, ${servers.model.asked()} of its model`;
      return [
        {
          promise: 'hostile tenant',
          figure: `${noteFigure(notes)}; ${times}; ${answers}`,
          verdict: wrong.length > 0 ? exactly(false) : within(after / before, slower),
          details: wrong,
          evidence: notes.evidence,
          raw: { alone, beside },
        },
      ];
    } finally {
      await servers.desk.close();
      await servers.model.close();
    }
  },
};
