import { afterEach, describe, expect, it } from '@jest/globals';
import { ChangeTracker, type Reporter, startReporter } from '../../../src/cluster-metrics/index.js';
import { Counter, Registry } from '../../support/metrics-client.js';
import type { Frame } from '../../../src/cluster-metrics/wire/protocol.js';
import { oneWayChannel } from '../../support/one-way-channel.js';

/** A channel whose other end reads when the test says so. */

interface Channel {
  /** What has been written, read or not. */
  readonly frames: Frame[];
  /** The primary reads, from now on. */
  read(): void;
  /** The primary is gone: writes fail. */
  close(): void;
}

let reporter: Reporter;
let counter: Counter;
let registry: Registry;

afterEach(() => reporter.stop());

function open(): Channel {
  registry = new Registry();
  const frames: Frame[] = [];
  let state: 'unread' | 'read' | 'closed' = 'unread';
  let pending: ((error: Error | null) => void)[] = [];
  const settle = (): void => {
    const error = state === 'closed' ? new Error('closed') : null;
    for (const done of pending.splice(0)) done(error);
  };
  reporter = startReporter({
    tracker: new ChangeTracker({ registries: [registry] }),
    identity: { slot: '0' },
    heartbeatMs: 100_000,
    channel: oneWayChannel((message, done) => {
      if (message.type !== 'cluster-metrics:frame') {
        setImmediate(done, null);
        return;
      }
      frames.push(message);
      pending.push(done);
      if (state !== 'unread') setImmediate(settle);
    }),
  });
  counter = new Counter({ name: 'x_total', help: 'X', registers: [registry] });
  pending = [];
  return {
    frames,
    read() {
      state = 'read';
      settle();
    },
    close() {
      state = 'closed';
      settle();
    },
  };
}

/** The sum of all that was written, and of each key once. */
function counted({ frames }: Channel): number {
  const seen = new Set<string>();
  return frames
    .flatMap(({ sections }) => sections)
    .filter(({ once }) => once === undefined || (!seen.has(once) && seen.add(once)))
    .reduce((sum, { changes }) => sum + (changes.counters?.[1] ?? 0), 0);
}

describe('commit()', () => {
  it('says true when what was counted is with the kernel', async () => {
    const channel = open();
    channel.read();
    counter.inc(3);
    expect(await reporter.commit()).toBe(true);
    expect(counted(channel)).toBe(3);
    expect(await reporter.commit({ withinMs: 1000 })).toBe(true);
  });

  it('says false when the primary does not read in time, and nothing is lost', async () => {
    const channel = open();
    await reporter.commit({ withinMs: 1 }); // its frame is under way, and stays so
    for (let i = 0; i < 3000; i++) reporter.once(`key ${i}`, () => counter.inc());
    counter.inc(7);
    const late = reporter.commit();
    expect(await Promise.all([reporter.commit({ withinMs: 5 }), reporter.commit({ withinMs: 0 })])).toEqual([
      false,
      false,
    ]);
    channel.read();
    expect(await late).toBe(true);
    expect(counted(channel)).toBe(3007);
    // Not in one frame, which would block the primary, and in their order: what came last is in the last one.
    expect(channel.frames.length).toBeGreaterThan(5);
    expect(channel.frames.at(-1)?.sections.at(-1)?.once).toBeUndefined();
  });

  it('does not say true before all frames up to the call are with the kernel', async () => {
    const channel = open();
    await reporter.commit({ withinMs: 1 });
    for (let i = 0; i < 1200; i++) reporter.once(`key ${i}`, () => counter.inc());
    let written = 0;
    const committed = reporter.commit().then(() => {
      written = counted(channel);
    });
    channel.read();
    await committed;
    expect(written).toBe(1200);
  });

  it('says false when there is no primary any more, or the reporter was stopped', async () => {
    const channel = open();
    counter.inc();
    const during = reporter.commit();
    channel.close();
    expect(await during).toBe(false);
    expect(await reporter.commit()).toBe(false);
    await reporter.stop();
    expect(await reporter.commit()).toBe(false);
  });
});

describe('once()', () => {
  it('puts what was recorded before it into frames of the usual size, in its order', async () => {
    const channel = open();
    await reporter.commit({ withinMs: 1 });
    const many = new Counter({ name: 'many_total', help: 'Many', labelNames: ['n'], registers: [registry] });
    for (let n = 0; n < 2000; n++) many.inc({ n: String(n) });
    reporter.once('key', () => counter.inc(5));
    reporter.once('other key', () => counter.inc(7));
    channel.read();
    expect(await reporter.commit()).toBe(true);
    const sizes = channel.frames.map(({ sections }) =>
      sections.reduce((sum, { changes }) => sum + (changes.series?.length ?? 0), 0),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(2000);
    const sections = channel.frames.flatMap((frame) => frame.sections);
    expect(sections.map(({ once }) => once).filter((once) => once !== undefined)).toEqual(['key', 'other key']);
    expect(sections.findIndex(({ once }) => once === 'key')).toBe(sections.length - 2);
  });
});

describe('stop()', () => {
  const turns = async (count: number) => {
    for (let i = 0; i < count; i++) await new Promise(setImmediate);
  };

  it('is the end of all reports: nothing is sent after it has resolved', async () => {
    const channel = open();
    await reporter.commit({ withinMs: 1 }); // its frame is under way, and stays so
    counter.inc(2);
    const stopping = reporter.stop();
    await turns(3);
    channel.read();
    // While the last frame is under way, more is counted: a further frame is under way when stop() resolves.
    counter.inc(4);
    const late = reporter.commit();
    await stopping;
    expect(await late).toBe(false);
    const before = channel.frames.length;
    reporter.once('key', () => counter.inc());
    await turns(10);
    expect(channel.frames.length).toBe(before);
    const left = channel.frames
      .flatMap(({ sections }) => sections)
      .flatMap(({ changes }) => [...(changes.removed ?? []), ...(changes.forgotten ?? [])]);
    expect(left).toEqual([]);
    expect(await reporter.commit()).toBe(false);
  });
});
