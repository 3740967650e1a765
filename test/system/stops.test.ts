import { describe, expect, it } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openService } from '../support/of-test.js';
import { temporaryFolder } from '../support/opened.js';
import { oneEach, until } from '../support/service.js';

/** A stop always ends, and the end of a child is always noticed. */

/** On a busy machine. */
const startMs = 60_000;

/** Runs in every process of the service, before its own code. */
function preloaded(code: string): { readonly env: Record<string, string>; readonly folder: string } {
  const folder = temporaryFolder();
  const file = join(folder, 'preload.mjs');
  writeFileSync(file, code.replaceAll('FOLDER', JSON.stringify(folder)));
  return { env: { NODE_OPTIONS: `--import=${file}` }, folder };
}

/**
 * A child ends between asking its primary for the listening socket and acknowledging it: Node tells its exit, and never
 * the end of its channel.
 */
const endsAsItListens = (end: string): string => `
import { existsSync } from 'node:fs';
import { Server } from 'node:net';
if (process.env.TICKET_ENHANCER_CHILD) {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...args) {
    const server = listen.apply(this, args);
    if (existsSync(FOLDER + '/ends')) setImmediate(() => ${end});
    return server;
  };
}`;

describe.each([
  ['exits', 'process.exit(1)'],
  ['is killed', "process.kill(process.pid, 'SIGKILL')"],
])('an http child that %s as it begins to listen', (_what, end) => {
  it('is replaced, and leaves no state of its own', async () => {
    const { env, folder } = preloaded(endsAsItListens(end));
    writeFileSync(join(folder, 'ends'), '');
    const service = await openService({ env: { ...env, HTTP_PROCESSES: '4', WORKER_PROCESSES: '0' }, unready: true });
    await until(
      'each has ended twice',
      async () => {
        const children = await service.children().catch(() => []);
        const http = children.filter(({ role }) => role === 'http');
        return http.length === 4 && http.every(({ restarts }) => restarts >= 2);
      },
      startMs,
    );
    rmSync(join(folder, 'ends'));
    await until('all serve', async () => (await service.children()).every(({ state }) => state === 'ready'), startMs);
    expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  }, 200_000);

  it('does not hold up a stop', async () => {
    const { env, folder } = preloaded(endsAsItListens(end));
    writeFileSync(join(folder, 'ends'), '');
    for (let round = 1; round <= 3; round++) {
      const service = await openService({ env: { ...env, HTTP_PROCESSES: '4', WORKER_PROCESSES: '0' }, unready: true });
      await until('a child has ended', () => /child ended/.test(service.output()), startMs);
      expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    }
  }, 200_000);
});

it('a stop as soon as the service is ready ends with 0, each time of ten, with four http children', async () => {
  for (let round = 1; round <= 10; round++) {
    // Without a worker it is ready while most of its http children boot, with one when they serve.
    const workers = String(round % 2);
    const service = await openService({ env: { HTTP_PROCESSES: '4', WORKER_PROCESSES: workers }, unready: true });
    await until('it is ready', async () => (await service.ask('/readyz').catch(() => undefined))?.ok === true, startMs);
    expect([round, await service.stop('SIGTERM')]).toEqual([round, { code: 0, signal: null }]);
    await service.destroy();
  }
}, 400_000);

it('a stop in which a part hangs ends with 1 by its bound, and names the part', async () => {
  // Nothing that the primary does ends a child that is stopped, as one that waits for a dead disk.
  const { env } = preloaded(`
import { ChildProcess } from 'node:child_process';
if (!process.env.TICKET_ENHANCER_CHILD) {
  const { kill } = ChildProcess.prototype;
  ChildProcess.prototype.kill = function (signal) {
    return this.spawnargs.some((argument) => argument.endsWith('child-entry.js')) || kill.call(this, signal);
  };
}`);
  const service = await openService({ env: { ...oneEach, ...env, SHUTDOWN_TIMEOUT_MS: '1000' } });
  const [frozen] = await service.children();
  process.kill(frozen?.pid ?? 0, 'SIGSTOP');
  const stoppedAtMs = performance.now();
  expect(await service.stop('SIGTERM')).toEqual({ code: 1, signal: null });
  expect(performance.now() - stoppedAtMs).toBeLessThan(1000 + 5000 + 500);
  process.kill(frozen?.pid ?? 0, 'SIGKILL');
  expect(service.output()).toMatch(/"steps":\["children"\],"msg":"the stop is not complete: children"/);
}, 60_000);
