import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  ChangeTracker,
  type ClusterRegistryOptions,
  type Reporter,
  startReporter,
} from '../../../src/cluster-metrics/index.js';
import { protocolVersion } from '../../../src/cluster-metrics/wire/protocol.js';
import { socketChannel } from '../../../src/cluster-metrics/wire/channels/socket-child.js';
import { scrape } from '../../support/cluster-link.js';
import { valueOf } from '../../support/exposition.js';
import { ClusterRegistry, Counter, Gauge, Histogram, Registry } from '../../support/metrics-client.js';
import { afterTest, temporaryFolder } from '../../support/opened.js';
import { until } from '../../support/service.js';

/** Real unix sockets; a primary, and processes of which each has a registry of its own. */

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'run', 'metrics.sock');
});

async function startPrimary(
  options: ClusterRegistryOptions = {},
  at = path,
  ofFile: Parameters<ClusterRegistry['listen']>[1] = {},
): Promise<ClusterRegistry> {
  const primary = new ClusterRegistry({ registries: [], ...options });
  afterTest(() => primary.close());
  await primary.listen(at, ofFile);
  return primary;
}

interface Process {
  readonly registry: Registry;
  readonly reporter: Reporter;
}

function startProcess(identity?: Record<string, string>): Process {
  const registry = new Registry();
  const reporter = startReporter({
    channel: socketChannel(path),
    tracker: new ChangeTracker({ registries: [registry] }),
    heartbeatMs: 20,
    ...(identity ? { identity } : {}),
  });
  afterTest(() => reporter.stop());
  return { registry, reporter };
}

/** A peer that sends these bytes. */
async function connect(...bytes: (Buffer | string)[]): Promise<Socket> {
  const peer = createConnection(path);
  afterTest(() => peer.destroy());
  peer.on('error', () => undefined);
  peer.resume();
  await once(peer, 'connect');
  for (const one of bytes) peer.write(one);
  return peer;
}

function framed(message: unknown): Buffer {
  const body = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const hello = (token: string, version: unknown = protocolVersion) => ({
  type: 'cluster-metrics:hello',
  version,
  identity: { role: 'stranger', slot: token },
  token,
});

const dropped = async (primary: ClusterRegistry) => {
  await scrape(primary);
  return valueOf(await scrape(primary), 'cluster_series_dropped_total', { reason: 'protocol' });
};

async function expectToServe(primary: ClusterRegistry): Promise<void> {
  const { registry, reporter } = startProcess();
  new Counter({ name: 'x_total', help: 'X', registers: [registry] }).inc();
  expect(await reporter.commit()).toBe(true);
  expect(valueOf(await scrape(primary), 'x_total')).toBe(1);
}

/** What a primary leaves behind that is killed. */
function leaveSocket(): void {
  const program = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  path = join(folder, 'metrics.sock');
  expect(spawnSync(process.execPath, ['-e', program, path]).signal).toBe('SIGKILL');
  expect(existsSync(path)).toBe(true);
}

describe('the socket’s file', () => {
  it('is for the user alone, in a folder that is made for the user alone, and goes with its primary', async () => {
    const primary = await startPrimary();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'run')).mode & 0o777).toBe(0o700);
    primary.close();
    await until('the file is gone', () => !existsSync(path));
  });

  it('has the permissions that were asked for', async () => {
    await startPrimary({}, path, { mode: 0o660 });
    expect(statSync(path).mode & 0o777).toBe(0o660);
  });

  it('is replaced when the primary that it belongs to was killed', async () => {
    leaveSocket();
    const primary = await startPrimary();
    await expectToServe(primary);
  });

  it('is replaced in its own folder, however long its path is', async () => {
    const long = join(folder, 'x'.repeat(106 - folder.length - '/m.sock'.length));
    mkdirSync(long);
    path = join(long, 'm.sock');
    const program = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', program, path]).signal).toBe('SIGKILL');
    const seen: (string | null)[] = [];
    const watcher = watch(folder, (_event, name) => seen.push(name));
    await startPrimary();
    writeFileSync(join(folder, 'last'), '');
    await until('the watcher sees the last file', () => seen.includes('last'));
    watcher.close();
    expect(new Set(seen)).toEqual(new Set(['last']));
  });

  it('is kept when a primary closes whose own file was removed', async () => {
    const former = await startPrimary();
    rmSync(path);
    const primary = await startPrimary();
    former.close();
    await expectToServe(primary);
  });

  it('is refused while its primary lives, which keeps it', async () => {
    const primary = await startPrimary();
    await expect(startPrimary()).rejects.toMatchObject({
      code: 'SOCKET_UNUSABLE',
      message: expect.stringMatching(/belongs to another primary, which is running/),
    });
    await expectToServe(primary);
    expect(await dropped(primary)).toBe(0);
  });

  it('is claimed by one of two primaries that start at once on a stale file', async () => {
    leaveSocket();
    const started = await Promise.allSettled([startPrimary(), startPrimary(), startPrimary()]);
    expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is not made of what is no socket, nor of a path that has no room', async () => {
    path = join(folder, 'notes.txt');
    writeFileSync(path, 'keep me');
    await expect(startPrimary()).rejects.toMatchObject({ code: 'SOCKET_UNUSABLE' });
    expect(readFileSync(path, 'utf8')).toBe('keep me');
    const long = join(folder, 'x'.repeat(120));
    await expect(startPrimary({}, long)).rejects.toMatchObject({
      code: 'SOCKET_UNUSABLE',
      message: expect.stringMatching(/longer than the \d+ bytes/),
    });
    await expect(startPrimary({}, join(path, 'metrics.sock'))).rejects.toMatchObject({ code: 'SOCKET_UNUSABLE' });
    // Linux gives a name without a file to anybody who asks for it.
    for (const unnamed of ['', '\0metrics']) {
      await expect(startPrimary({}, unnamed)).rejects.toMatchObject({
        code: 'SOCKET_UNUSABLE',
        message: expect.stringContaining('is no file'),
      });
    }
  });
});

describe('a peer that does not speak the protocol', () => {
  const first: [string, Buffer][] = [
    ['an HTTP request', Buffer.from('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n')],
    ['random bytes', Buffer.from('ffd8ffe000104a46494600010101', 'hex')],
    ['a length of four gigabytes', Buffer.from([255, 255, 255, 255])],
    ['a hello of more than 64 kB', framed({ ...hello('a'), padding: 'x'.repeat(70_000) })],
    ['what is no JSON', framed('{"type":')],
    ['JSON of great depth', framed('['.repeat(60_000))],
    ['a message of others', framed({ type: 'process:msg' })],
    ['nothing', framed('null')],
    ['a frame without a hello', framed({ type: 'cluster-metrics:frame', sections: [] })],
    ['a hello without a token', framed({ ...hello('a'), token: 7 })],
    ['a hello of another version', framed(hello('a', 99))],
  ];

  it.each(first)('is turned away and counted: %s', async (_what, bytes) => {
    const told: string[] = [];
    const primary = await startPrimary({ onDrop: (reason, peer, detail) => told.push(`${reason} ${peer} ${detail}`) });
    const peer = await connect(bytes);
    await once(peer, 'close');
    expect(await dropped(primary)).toBe(1);
    expect(told).toEqual([expect.stringContaining(`protocol ${path} `)]);
    await expectToServe(primary);
  });

  it('is turned away when it ends in the middle of a message, or says hello twice', async () => {
    const primary = await startPrimary();
    const half = await connect(framed(hello('a')).subarray(0, 20));
    half.end();
    await once(half, 'close');
    expect(await dropped(primary)).toBe(1);
    await connect(framed(hello('b')));
    await once(await connect(framed(hello('b'))), 'close');
    expect(await dropped(primary)).toBe(2);
  });

  it('is turned away when it says nothing for five seconds, and not counted when it only looks whether somebody listens', async () => {
    const primary = await startPrimary();
    const probe = await connect();
    probe.end();
    await once(probe, 'close');
    expect(await dropped(primary)).toBe(0);
    await once(await connect(), 'close');
    expect(await dropped(primary)).toBe(1);
  });

  it('learns why when its version is another one', async () => {
    await startPrimary();
    const peer = await connect(framed(hello('a', 99)));
    const chunks: Buffer[] = [];
    peer.on('data', (chunk) => chunks.push(chunk));
    await once(peer, 'close');
    expect(Buffer.concat(chunks).toString()).toContain('version 99 of the protocol is not');
  });
});

describe('a process that speaks the protocol, and says what cannot be', () => {
  it('spoils nothing for the others, and takes nothing back', async () => {
    const primary = await startPrimary();
    const good = startProcess();
    new Counter({ name: 'good_total', help: 'Good', registers: [good.registry] }).inc(5);
    new Histogram({ name: 'time', help: 'Time', buckets: [1], registers: [good.registry] }).observe(0.5);
    await good.reporter.commit();
    const metric = (id: unknown, name: unknown, more: object = {}) => ({
      id,
      name,
      help: 'X',
      type: 'counter',
      labelNames: [],
      merge: 'sum',
      retention: 'cumulative',
      ...more,
    });
    await connect(framed(hello('h')));
    const frame = (changes: object) => framed({ type: 'cluster-metrics:frame', sections: [{ changes }] });
    const reports = await connect(
      framed({ type: 'cluster-metrics:reports', token: 'h' }),
      frame({
        metrics: [
          metric(0, 'evil 1\n# TYPE'),
          metric(-1, 'a_total'),
          metric(0.5, 'b_total'),
          metric(4e9, 'many_total'),
          metric(1, 'c', { labelNames: ['a-b'] }),
        ],
      }),
      frame({
        metrics: [
          metric(2, 'd_total', { buckets: 'x' }),
          metric(3, 'e_total', { type: 'x' }),
          metric(4, 'f_total', { merge: 'x' }),
          metric(7, 'twice_total', { labelNames: ['a', 'a'] }),
          metric(8, 'constant_total', { labelNames: ['a'], constantLabels: { a: 'x' } }),
          metric(9, 'bounds', { type: 'histogram', labelNames: ['le'], buckets: [1] }),
        ],
      }),
      frame({
        metrics: [metric(5, 'good_total'), metric(6, 'time', { type: 'histogram', buckets: [1] })],
        series: [
          [0, 5, []],
          [1, 6, []],
          [2, 77, []],
          [3, 5, [7]],
        ],
      }),
      frame({
        counters: [0, -100, 0, null, 0, 2],
        histograms: [1, 1, -5, 0, 1, 0, 0, -4],
        removed: [-1],
        forgotten: [4e9, -1],
      }),
      frame({ histograms: [1, '1\n', 1, 0, 1, 1, '1\n', 0, 1, 0, 0, 1, 0, '1'] }),
      frame({ histograms: [1, 0, 0, -2] }),
      frame({ series: 7 }),
      frame({ metrics: [null] }),
      frame({ counters: [0, 1] }),
    );
    await until('its last frame has been read', async () => valueOf(await scrape(primary), 'good_total') === 8);
    const answer = await scrape(primary);
    expect(valueOf(answer, 'time_count')).toBe(1);
    // Any id that a process counts up to is one.
    expect(answer.types.has('many_total')).toBe(true);
    expect(['twice_total', 'constant_total', 'bounds'].filter((name) => answer.types.has(name))).toEqual([]);
    expect(await dropped(primary)).toBeGreaterThan(9);
    expect(reports.destroyed).toBe(false);
    new Counter({ name: 'after_total', help: 'After', registers: [good.registry] }).inc();
    expect(await good.reporter.commit()).toBe(true);
    expect(valueOf(await scrape(primary), 'after_total')).toBe(1);
  });
});

describe('processes on one socket', () => {
  it('are told apart although they tell no slot, and a new one takes the slot of one that ended', async () => {
    const primary = await startPrimary();
    const processes = [
      startProcess(),
      startProcess({ role: 'web' }),
      startProcess(),
      startProcess({ role: 'web', slot: '7' }),
    ];
    for (const { reporter } of processes) expect(await reporter.commit()).toBe(true);
    const slots = () =>
      primary
        .reports()
        .map(({ identity: { role, slot } }) => `${role} ${slot}`)
        .sort();
    expect(slots()).toEqual(['process 0', 'process 1', 'web 0', 'web 7']);
    await processes[0]?.reporter.stop();
    await until('it has departed', () => primary.reports().length === 3);
    await startProcess().reporter.commit();
    expect(slots()).toEqual(['process 0', 'process 1', 'web 0', 'web 7']);
    expect(primary.reports()[0]).toMatchObject({ kind: 'socket', state: 'reporting', process: { pid: process.pid } });
  });
});

describe('a primary that is started anew', () => {
  it('counts from zero what happens from then on, nothing twice, and has the gauges as they are', async () => {
    const before = await startPrimary();
    const { registry, reporter } = startProcess();
    const counter = new Counter({ name: 'x_total', help: 'X', labelNames: ['a'], registers: [registry] });
    const gauge = new Gauge({ name: 'level', help: 'Level', registers: [registry] });
    const histogram = new Histogram({ name: 'time', help: 'Time', buckets: [1], registers: [registry] });
    counter.inc({ a: 'before' }, 100);
    gauge.set(3);
    histogram.observe(0.5);
    expect(await reporter.commit()).toBe(true);
    expect(valueOf(await scrape(before), 'x_total', { a: 'before' })).toBe(100);
    before.close();
    await until('its end is known', async () => !(await reporter.commit()));
    // While there is none, `commit()` says so at once, and what is counted waits.
    counter.inc({ a: 'before' }, 2);
    counter.inc({ a: 'between' }, 7);
    reporter.once('job 1', () => counter.inc({ a: 'keyed' }));
    reporter.once('job 1', () => counter.inc({ a: 'keyed' }));
    expect(await reporter.commit()).toBe(false);
    const after = await startPrimary();
    await until('it is found again', () => reporter.commit());
    const answer = await scrape(after);
    expect(valueOf(answer, 'x_total', { a: 'before' })).toBe(2);
    expect(valueOf(answer, 'x_total', { a: 'between' })).toBe(7);
    expect(valueOf(answer, 'x_total', { a: 'keyed' })).toBe(1);
    expect(valueOf(answer, 'level')).toBe(3);
    expect(valueOf(answer, 'time_count')).toBe(0);
    counter.inc({ a: 'before' });
    counter.remove({ a: 'between' });
    histogram.observe(2);
    expect(await reporter.commit()).toBe(true);
    const later = await scrape(after);
    expect(valueOf(later, 'x_total', { a: 'before' })).toBe(3);
    expect(valueOf(later, 'x_total', { a: 'between' })).toBeUndefined();
    expect(valueOf(later, 'time_sum')).toBe(2);
  });

  it('is found with growing delays, and its absence is told once', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    let attempts = 0;
    path = join(folder, 'metrics.sock');
    const closing = createServer((socket) => {
      attempts += 1;
      socket.destroy();
    }).listen(path);
    await once(closing, 'listening');
    const { registry, reporter } = startProcess();
    new Counter({ name: 'x_total', help: 'X', registers: [registry] }).inc();
    expect(await reporter.commit()).toBe(false);
    const started = performance.now();
    await until('it has been tried for a while', () => performance.now() - started > 1500);
    // 50-100 ms, then twice as long each time; two connections for each attempt.
    expect(attempts).toBeLessThanOrEqual(2 * 6);
    closing.close();
    await once(closing, 'close');
    const primary = await startPrimary();
    await until('it is found', () => reporter.commit());
    expect(valueOf(await scrape(primary), 'x_total')).toBe(1);
    expect(warn.mock.calls).toEqual([
      [
        expect.stringMatching(/No primary answers this reporter/),
        { type: 'ClusterMetricsWarning', code: 'PRIMARY_SILENT' },
      ],
    ]);
    warn.mockRestore();
  });
});
