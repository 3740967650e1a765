import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { freePort } from '../support/free-port.js';
import { processExists, until } from '../support/service.js';
import { postTicket } from '../support/webhooks.js';

/** The real PM2, in a home of its own. */

let home: string;
let ports: { http: number; metrics: number };

const listSchema = z.array(
  z.object({
    name: z.string(),
    pid: z.number(),
    pm2_env: z.object({ status: z.string(), restart_time: z.number(), exit_code: z.number().optional() }),
  }),
);

function pm2(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [resolve('node_modules/pm2/bin/pm2'), ...args], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      PM2_HOME: join(home, '.pm2'),
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(ports.http),
      METRICS_PORT: String(ports.metrics),
      DATA_DIR: join(home, 'data'),
    },
  });
  if (status !== 0) throw new Error(`pm2 ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

function app() {
  const text = pm2('jlist');
  const [first] = listSchema.parse(JSON.parse(text.slice(text.indexOf('['))));
  if (first === undefined) throw new Error('PM2 has no application');
  return { pid: first.pid, ...first.pm2_env };
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'te-pm2-'));
  ports = { http: await freePort(), metrics: await freePort() };
});

afterEach(() => {
  pm2('kill');
  rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

describe('under PM2', () => {
  it('starts, serves, reloads without failing a request, comes back after a kill, and drains', async () => {
    // `wait_ready`: the command ends when the service is ready.
    pm2('start', 'ecosystem.config.js');
    const webhooks = `http://127.0.0.1:${ports.http}`;
    const metrics = `http://127.0.0.1:${ports.metrics}`;
    expect((await fetch(`${metrics}/readyz`)).status).toBe(200);
    expect((await postTicket(webhooks)).status).toBe(202);
    expect(await (await fetch(`${metrics}/metrics`)).text()).toContain(
      'worker_active_count{worker_type="bullmq_enhancement"} 2',
    );

    const children = async () => {
      const status = (await (await fetch(`${metrics}/status`)).json()) as {
        children: { pid: number; state: string }[];
      };
      return status.children;
    };
    const before = (await children()).map(({ pid }) => pid);
    pm2('sendSignal', 'SIGHUP', 'ticket-enhancer');
    const statuses: number[] = [];
    await until('all children are new', async () => {
      statuses.push((await postTicket(webhooks)).status);
      return (await children()).every(({ pid, state }) => state === 'ready' && !before.includes(pid));
    });
    expect(new Set(statuses)).toEqual(new Set([202]));

    const { pid } = app();
    process.kill(pid, 'SIGKILL');
    await until(
      'PM2 has started it again',
      async () => {
        const response = await fetch(`${metrics}/readyz`).catch(() => undefined);
        return response?.ok === true && app().pid !== pid;
      },
      60_000,
    );
    expect((await postTicket(webhooks)).status).toBe(202);

    const last = app().pid;
    pm2('stop', 'ticket-enhancer');
    expect(app().status).toBe('stopped');
    expect(processExists(last)).toBe(false);
  }, 120_000);

  it('in cluster mode it refuses with a sentence, and PM2 does not try again', async () => {
    const file = join(home, 'wrong.config.cjs');
    const wrong = {
      name: 'wrong',
      script: resolve('dist/main.js'),
      exec_mode: 'cluster',
      instances: 1,
      stop_exit_codes: [78],
    };
    writeFileSync(file, `module.exports = { apps: [${JSON.stringify(wrong)}] };`);
    pm2('start', file);
    await until('PM2 gave up', () => app().status === 'stopped');
    expect(app()).toMatchObject({ restart_time: 0, exit_code: 78 });
    expect(pm2('logs', '--nostream', '--err', '--lines', '5')).toContain('set exec_mode to "fork" and instances to 1');
  }, 60_000);
});
