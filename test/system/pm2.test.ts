import { beforeEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { DeskServer } from '../support/desk-server.js';
import { freePort } from '../support/free-port.js';
import { startLoad } from '../support/load.js';
import { openDesk } from '../support/of-test.js';
import { afterTest, temporaryFolder } from '../support/opened.js';
import { runPm2 } from '../support/pm2.js';
import { processExists, until } from '../support/service.js';
import { deskCredential, serviceDeskAt, writeTenants } from '../support/tenants-files.js';
import { postTicket } from '../support/webhooks.js';

/** The real PM2, in a home of its own, with this repository’s ecosystem.config.js; the desk is one that can be slow. */

const acceptedTickets = 4;
/** After a stop, where `kill_timeout` says nothing else. */
const untilPm2KillsMs = 1600;

let home: string;
let ports: { http: number; metrics: number };
let desk: DeskServer;
let tenants: Record<string, string>;

const listSchema = z.array(
  z.object({
    name: z.string(),
    pid: z.number(),
    pm2_env: z.object({ status: z.string(), restart_time: z.number(), exit_code: z.number().optional() }),
  }),
);
const statusSchema = z.object({ children: z.array(z.object({ pid: z.number(), state: z.string() })) });
const logLineSchema = z.object({ level: z.unknown(), time: z.unknown(), msg: z.string(), role: z.string() });

const webhooks = () => `http://127.0.0.1:${ports.http}`;
const metrics = () => `http://127.0.0.1:${ports.metrics}`;

const pm2 = (...args: string[]): Promise<string> =>
  runPm2(home, args, {
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(ports.http),
    METRICS_PORT: String(ports.metrics),
    DATA_DIR: join(home, 'data'),
    ...tenants,
  });

async function app() {
  const output = await pm2('jlist');
  const [first] = listSchema.parse(JSON.parse(output.slice(output.indexOf('['))));
  if (first === undefined) throw new Error('PM2 has no application');
  return { pid: first.pid, ...first.pm2_env };
}

async function children() {
  return statusSchema.parse(await (await fetch(`${metrics()}/status`)).json()).children;
}

beforeEach(async () => {
  home = temporaryFolder();
  ports = { http: await freePort(), metrics: await freePort() };
  desk = await openDesk({ credential: deskCredential });
  tenants = writeTenants(home, { acme: { desk: serviceDeskAt(desk.baseUrl) } });
  afterTest(() => pm2('kill'));
});

describe('under PM2', () => {
  it('starts, serves, reloads under load, comes back after a kill, and drains', async () => {
    // `wait_ready`: the command ends when the service is ready.
    await pm2('start', resolve('ecosystem.config.js'));
    expect((await fetch(`${metrics()}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${metrics()}/metrics`)).text()).toContain(
      'worker_active_count{worker_type="bullmq_enhancement"} 2',
    );

    const before = (await children()).map(({ pid }) => pid);
    const load = startLoad({ webhooks: [webhooks()], clients: 8 });
    await until('there is load', () => load.accepted.length >= 50);
    await pm2('sendSignal', 'SIGHUP', 'ticket-enhancer');
    await until(
      'all children are new',
      async () => (await children()).every(({ pid, state }) => state === 'ready' && !before.includes(pid)),
      60_000,
    );
    const duringReload = load.accepted.length;
    await until('the new ones serve', () => load.accepted.length >= duringReload + 50);
    await load.stop();
    expect([...load.answers.keys()]).toEqual([202]);
    expect(await children()).toHaveLength(before.length);
    await until('every ticket has its note', () => load.accepted.every((id) => desk.notes(id).length === 1), 60_000);

    const { pid } = await app();
    process.kill(pid, 'SIGKILL');
    await until(
      'PM2 has started it again',
      async () => {
        const response = await fetch(`${metrics()}/readyz`).catch(() => undefined);
        return response?.ok === true && (await app()).pid !== pid;
      },
      60_000,
    );

    const last = await app();
    const lastChildren = (await children()).map((child) => child.pid);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    desk.failNext(Array.from({ length: acceptedTickets }, () => ({ kind: 'held', until: released }) as const));
    const ids = Array.from({ length: acceptedTickets }, (_, i) => `LAST-${i}`);
    for (const ticket_id of ids) expect((await postTicket(webhooks(), { ticket_id })).status).toBe(202);
    const posts = () => desk.requests.filter(({ method, path }) => method === 'POST' && path.includes('LAST-')).length;
    await until('the jobs are under way', () => posts() === acceptedTickets);
    const stopped = pm2('stop', 'ticket-enhancer');
    await until('it drains', () =>
      fetch(`${webhooks()}/health`).then(
        () => false,
        () => true,
      ),
    );
    await sleep(untilPm2KillsMs + 500);
    expect(ids.map((id) => desk.notes(id).length)).toEqual(ids.map(() => 0));
    release();
    await stopped;
    expect(await app()).toMatchObject({ status: 'stopped', exit_code: 0 });
    for (const one of [last.pid, ...lastChildren]) expect(processExists(one)).toBe(false);
    expect(ids.map((id) => desk.notes(id).length)).toEqual(ids.map(() => 1));

    const log = await pm2('logs', 'ticket-enhancer', '--nostream', '--raw', '--out', '--lines', '1000');
    const lines = log.split('\n').filter((line) => line.startsWith('{'));
    const messages = lines.map((line) => logLineSchema.parse(JSON.parse(line)).msg);
    expect(messages.filter((message) => message === 'job finished').length).toBeGreaterThanOrEqual(acceptedTickets);
    expect(messages).toContain('stopping: running requests and jobs are finished first');
  }, 240_000);

  it.each([
    [
      'in cluster mode',
      { exec_mode: 'cluster', instances: 1 },
      'set exec_mode to "fork" and instances to 1, as in ecosystem.config.js',
    ],
    ['with a bad configuration', { exec_mode: 'fork', env: { HTTP_PROCESSES: 'two' } }, 'HTTP_PROCESSES must be'],
  ])(
    '%s it refuses with a sentence, and PM2 does not try again',
    async (_how, options, sentence) => {
      const file = join(home, 'wrong.config.cjs');
      const wrong = { name: 'wrong', script: resolve('dist/main.js'), stop_exit_codes: [78], ...options };
      writeFileSync(file, `module.exports = { apps: [${JSON.stringify(wrong)}] };`);
      await pm2('start', file);
      await until('PM2 gave up', async () => (await app()).status === 'stopped');
      expect(await app()).toMatchObject({ restart_time: 0, exit_code: 78 });
      expect(await pm2('logs', '--nostream', '--err', '--lines', '5')).toContain(sentence);
    },
    60_000,
  );
});
