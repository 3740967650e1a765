import { afterEach, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { scrape } from '../../support/cluster-link.js';
import { valueOf } from '../../support/exposition.js';
import { ClusterRegistry } from '../../support/metrics-client.js';

/** Real threads, which run what is built. */

const client = pathToFileURL('test/system/metrics-client.mjs').href;
const registry = new ClusterRegistry({ registries: [] });
const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** @param program the body of an async function that has `reporter`, `counter` and `data` */
function startThread(program: string, data?: unknown): Worker {
  const code = `
    const { workerData: data } = require('node:worker_threads');
    import(${JSON.stringify(client)}).then(async ({ Counter, startReporter }) => {
      const reporter = startReporter();
      const counter = new Counter({ name: 'x_total', help: 'X' });
      ${program}
    });`;
  const worker = new Worker(code, { eval: true, workerData: data });
  workers.push(worker);
  registry.attach(worker);
  return worker;
}

it('a thread that the parent does not read fills a window, then says so, and loses nothing', async () => {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const worker = startThread(
    `counter.inc();
     await reporter.commit();
     Atomics.wait(data, 1, 0);
     // More than fits: its frames wait where they merge.
     do counter.inc(); while (await reporter.commit({ withinMs: 200 }) && Atomics.add(data, 0, 1) < 1000);
     Atomics.store(data, 1, 2);
     Atomics.notify(data, 1);
     await reporter.commit();
     process.exit(0);`,
    state,
  );
  while ((valueOf(await scrape(registry), 'x_total') ?? 0) < 1) await new Promise(setImmediate);
  Atomics.store(state, 1, 1);
  Atomics.notify(state, 1);
  Atomics.wait(state, 1, 1);
  const [committed = 0] = state;
  expect(committed).toBeGreaterThan(0);
  expect(committed).toBeLessThanOrEqual(16);
  await once(worker, 'exit');
  expect(valueOf(await scrape(registry), 'x_total')).toBe(1 + committed + 1);
});

it('a thread ends as it would without a reporter', async () => {
  const before = valueOf(await scrape(registry), 'x_total') ?? 0;
  const worker = startThread('counter.inc(); await reporter.commit();');
  expect(await once(worker, 'exit')).toEqual([0]);
  expect(valueOf(await scrape(registry), 'x_total')).toBe(before + 1);
});

it('what cannot report is refused with a sentence', async () => {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  expect(() => registry.attach(child)).toThrow(expect.objectContaining({ code: 'NO_CHANNEL' }));
  await once(child, 'exit');
});
