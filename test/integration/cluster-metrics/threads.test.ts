import { afterEach, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { BroadcastChannel, Worker } from 'node:worker_threads';
import { scrape } from '../../support/cluster-link.js';
import { type Exposition, valueOf } from '../../support/exposition.js';
import { ClusterRegistry } from '../../support/metrics-client.js';

/** Real threads and processes, which run what is built. */

const client = pathToFileURL('test/system/metrics-client.mjs').href;
const registry = new ClusterRegistry({ registries: [] });
const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** @param program the body of an async function that has `reporter`, `counter` and `data` */
function startThread(program: string, data?: unknown, isAttached = true): Worker {
  const code = `
    const { workerData: data } = require('node:worker_threads');
    import(${JSON.stringify(client)}).then(async ({ Counter, Gauge, startReporter }) => {
      const reporter = startReporter();
      const counter = new Counter({ name: 'x_total', help: 'X' });
      ${program}
    });`;
  const worker = new Worker(code, { eval: true, workerData: data });
  workers.push(worker);
  if (isAttached) registry.attach(worker);
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

it('a thread that is attached late is in the aggregate from its start', async () => {
  const before = valueOf(await scrape(registry), 'x_total') ?? 0;
  const worker = startThread(
    "counter.inc(); require('node:worker_threads').parentPort.once('message', () => reporter.commit());",
    undefined,
    false,
  );
  await once(worker, 'online');
  await scrape(registry);
  registry.attach(worker);
  worker.postMessage('commit');
  await once(worker, 'exit');
  expect(valueOf(await scrape(registry), 'x_total')).toBe(before + 1);
});

it('listeners of the program on a thread receive none of its reports', async () => {
  const worker = startThread(
    "counter.inc(); await reporter.commit(); require('node:worker_threads').parentPort.postMessage('own');",
  );
  const received: unknown[] = [];
  worker.on('message', (message) => received.push(message));
  await once(worker, 'exit');
  expect(received).toEqual(['own']);
});

async function scrapeUntil(isMeant: (exposition: Exposition) => boolean): Promise<Exposition> {
  for (;;) {
    const exposition = await scrape(registry);
    if (isMeant(exposition)) return exposition;
    await new Promise(setImmediate);
  }
}

it('a thread that stops its reporter leaves, and is back with the next one', async () => {
  const worker = startThread(
    `const { parentPort } = require('node:worker_threads');
     const gauge = new Gauge({ name: 'level', help: 'Level' });
     gauge.set(5);
     counter.inc();
     await reporter.commit();
     parentPort.on('message', async (message) => {
       if (message === 'stop') return reporter.stop();
       const next = startReporter();
       counter.inc();
       gauge.set(6);
       await next.commit();
     });`,
  );
  const before = await scrapeUntil((exposition) => valueOf(exposition, 'level') === 5);
  worker.postMessage('stop');
  await scrapeUntil(() => registry.reports().length === 0);
  const without = await scrape(registry);
  expect(valueOf(without, 'level')).toBeUndefined();
  expect(valueOf(without, 'x_total')).toBe(valueOf(before, 'x_total'));
  worker.postMessage('start');
  const after = await scrapeUntil((exposition) => valueOf(exposition, 'level') === 6);
  expect(valueOf(after, 'x_total')).toBe((valueOf(before, 'x_total') ?? 0) + 1);
});

it('a thread leaves when it has ended, although the program has removed all listeners', async () => {
  const worker = startThread(
    "new Gauge({ name: 'level', help: 'Level' }).set(7); require('node:worker_threads').parentPort.on('message', () => 0);",
  );
  await scrapeUntil((exposition) => valueOf(exposition, 'level') === 7);
  worker.removeAllListeners();
  await worker.terminate();
  await scrapeUntil(() => registry.reports().length === 0);
  expect(valueOf(await scrape(registry), 'level')).toBeUndefined();
});

it('a thread continues to report to one registry when another is closed', async () => {
  const closing = new ClusterRegistry({ registries: [] });
  const worker = startThread(
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', async () => {
       counter.inc();
       parentPort.postMessage(await reporter.commit());
     });`,
  );
  closing.attach(worker);
  const count = async () => {
    worker.postMessage('count');
    expect(await once(worker, 'message')).toEqual([true]);
    return valueOf(await scrape(registry), 'x_total') ?? 0;
  };
  await once(worker, 'online');
  const first = await count();
  expect(valueOf(await scrape(closing), 'x_total')).toBe(1);
  closing.close();
  expect(await count()).toBe(first + 1);
});

it('a thread that one more registry attaches stays what it was to the first', async () => {
  const drops: string[] = [];
  const onDrop = (...drop: string[]) => void drops.push(drop.join(' '));
  const first = new ClusterRegistry({ registries: [], onDrop });
  const worker = startThread(
    `const { parentPort } = require('node:worker_threads');
     const { createInstruments, defineMetrics, register } = await import(${JSON.stringify(client)});
     const gauge = { type: 'gauge', help: 'Any', labels: {}, useCase: 'Any?' };
     const { sum, ratio } = createInstruments(
       defineMetrics({
         sum: { ...gauge, merge: 'sum', retention: 'cumulative' },
         ratio: { ...gauge, merge: 'ratio', retention: 'live', windowSeconds: 300 },
       }),
       register,
       reporter.tracker,
     );
     sum.with({}).set(5);
     for (const hit of [true, false]) ratio.with({}).record(hit);
     parentPort.on('message', async () => {
       counter.inc();
       parentPort.postMessage(await reporter.commit());
     });`,
    undefined,
    false,
  );
  first.attach(worker);
  const count = async () => {
    worker.postMessage('count');
    expect(await once(worker, 'message')).toEqual([true]);
    const answer = await scrape(first);
    return ['x_total', 'sum', 'ratio'].map((name) => valueOf(answer, name));
  };
  await once(worker, 'online');
  expect(await count()).toEqual([1, 5, 0.5]);
  const later = new ClusterRegistry({ registries: [], onDrop });
  worker.postMessage('count');
  later.attach(worker);
  await once(worker, 'message');
  expect(await count()).toEqual([3, 5, 0.5]);
  expect(valueOf(await scrape(later), 'sum')).toBe(5);
  expect(drops).toEqual([]);
  for (const one of [first, later]) one.close();
});

it('a thread that is asked by two registries at once answers both', async () => {
  const registries = [1, 2].map(() => new ClusterRegistry({ registries: [], collectWaitMs: 60_000 }));
  const worker = startThread(
    `let runs = 0;
     new Gauge({ name: 'runs', help: 'Runs', collect() { this.set(++runs); } });
     await reporter.commit();
     require('node:worker_threads').parentPort.postMessage('ready');
     setInterval(() => undefined, 1000);`,
    undefined,
    false,
  );
  for (const one of registries) one.attach(worker);
  await once(worker, 'message');
  await Promise.all(registries.map((one) => one.scrape()));
  for (let alone = 0; alone < 2; alone++) await registries[0]?.scrape();
  for (let round = 0; round < 3; round++) {
    const shown = await Promise.all(registries.map(async (one) => valueOf(await scrape(one), 'runs') ?? 0));
    expect(Math.min(...shown)).toBeGreaterThan(3 + round);
  }
  for (const one of registries) one.close();
});

it('a thread that has ended before it is attached is not listened to', async () => {
  const worker = new Worker('', { eval: true });
  await once(worker, 'exit');
  const received: unknown[] = [];
  const requests = new BroadcastChannel(`cluster-metrics:requests:${worker.threadId}`);
  requests.addEventListener('message', (event) => received.push('data' in event ? event.data : undefined));
  registry.attach(worker);
  const other = new BroadcastChannel(`cluster-metrics:requests:${worker.threadId}`);
  other.postMessage('last');
  while (!received.includes('last')) await new Promise(setImmediate);
  for (const channel of [requests, other]) channel.close();
  expect(received).toEqual(['last']);
});

it('a process whose primary has closed the channel says so at once', async () => {
  const program = `
    const { startReporter } = await import(${JSON.stringify(client)});
    process.disconnect();
    const reporter = startReporter();
    process.stdout.write(String(await reporter.commit()));
    await reporter.stop();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  let said = '';
  for await (const chunk of child.stdout ?? []) said += String(chunk);
  await ended;
  expect(said).toBe('false');
});

it('what cannot report is refused with a sentence', async () => {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  expect(() => registry.attach(child)).toThrow(expect.objectContaining({ code: 'NO_CHANNEL' }));
  await once(child, 'exit');
});
