import { describe, expect, it } from '@jest/globals';
import cluster from 'node:cluster';
import { parseFromChild, parseFromPrimary, protocolVersion } from '../../../src/cluster-metrics/wire/protocol.js';
import { createPrimary, linkChild, scrape } from '../../support/cluster-link.js';
import { valueOf } from '../../support/exposition.js';
import { Counter } from '../../support/metrics-client.js';

describe('what children say', () => {
  it.each([
    [
      { type: 'cluster-metrics:hello', version: protocolVersion, identity: { slot: 1 } },
      { type: 'cluster-metrics:hello', version: protocolVersion, identity: { slot: '1' } },
    ],
    [
      { type: 'cluster-metrics:hello', version: 99, identity: {} },
      { type: 'version-mismatch', identity: {}, version: 99 },
    ],
    [
      { type: 'cluster-metrics:hello', version: protocolVersion },
      { type: 'cluster-metrics:hello', version: protocolVersion, identity: {} },
    ],
    [
      { type: 'cluster-metrics:frame', sections: [{ changes: {} }] },
      { type: 'cluster-metrics:frame', sections: [{ changes: {} }] },
    ],
    [{ type: 'cluster-metrics:frame', sections: 'x' }, { type: 'unrecognised' }],
    [{ type: 'cluster-metrics:frame', sections: [null] }, { type: 'unrecognised' }],
    [{ type: 'cluster-metrics:frame', sections: [], collects: 'yes' }, { type: 'unrecognised' }],
    [{ type: 'cluster-metrics:other' }, { type: 'unrecognised' }],
    // PM2, prom-client, strings, numbers, nothing.
    [{ type: 'process:msg', data: {} }, { type: 'foreign' }],
    [{ type: 'prom-client:getMetricsRes' }, { type: 'foreign' }],
    [{ cmd: 'NODE_x' }, { type: 'foreign' }],
    ['shutdown', { type: 'foreign' }],
    [null, { type: 'foreign' }],
    [[], { type: 'foreign' }],
  ])('%j', (message, parsed) => {
    expect(parseFromChild(message)).toEqual(parsed);
  });
});

describe('what the primary says', () => {
  it.each([
    [{ type: 'cluster-metrics:welcome' }, { type: 'cluster-metrics:welcome' }],
    [
      { type: 'cluster-metrics:collect', id: 7 },
      { type: 'cluster-metrics:collect', id: 7 },
    ],
    [{ type: 'cluster-metrics:collect' }, { type: 'unrecognised' }],
    [{ type: 'cluster-metrics:later' }, { type: 'unrecognised' }],
    [{ type: 'prom-client:getMetricsReq', requestId: 1 }, { type: 'foreign' }],
    ['shutdown', { type: 'foreign' }],
  ])('%j', (message, parsed) => {
    expect(parseFromPrimary(message)).toEqual(parsed);
  });
});

describe('a primary', () => {
  it('shows a child of another version and mixes nothing of it in', async () => {
    const drops: string[] = [];
    const primary = createPrimary({ onDrop: (reason, metric) => drops.push(`${reason} ${metric}`) });
    const worker = { id: 4711, isConnected: () => false };
    cluster.emit('message', worker, {
      type: 'cluster-metrics:hello',
      version: 99,
      identity: { role: 'worker', slot: '0' },
    });
    cluster.emit('message', worker, {
      type: 'cluster-metrics:frame',
      sections: [
        {
          changes: {
            metrics: [
              {
                id: 0,
                name: 'x_total',
                help: 'X',
                type: 'counter',
                labelNames: [],
                merge: 'sum',
                retention: 'cumulative',
              },
            ],
            series: [[0, 0, []]],
            counters: [0, 5],
          },
        },
      ],
    });
    await scrape(primary);
    const answer = await scrape(primary);
    expect(primary.report(4711)?.state).toBe('incompatible');
    expect(valueOf(answer, 'x_total')).toBeUndefined();
    expect(valueOf(answer, 'cluster_series_dropped_total', { reason: 'protocol' })).toBe(1);
    expect(drops).toEqual(['protocol child 4711']);
    cluster.emit('disconnect', worker);
  });

  it('counts what it cannot understand and applies what follows', async () => {
    const primary = createPrimary();
    const child = linkChild({ role: 'worker', slot: '0' });
    new Counter({ name: 'ok_total', help: 'Ok', registers: [child.registry] }).inc();
    await child.reporter.commit();
    cluster.emit('message', { id: child.id, isConnected: () => true }, { type: 'cluster-metrics:nonsense' });
    cluster.emit('message', { id: 999_999, isConnected: () => false }, { type: 'cluster-metrics:frame', sections: [] });
    // Numbers that stand for nothing.
    cluster.emit(
      'message',
      { id: child.id, isConnected: () => true },
      {
        type: 'cluster-metrics:frame',
        sections: [
          {
            changes: { counters: [77, 1, 3], histograms: [5, 1, 1, 9], gauges: ['x', 'y'], ratios: [1], removed: [12] },
          },
        ],
      },
    );
    await scrape(primary);
    const answer = await scrape(primary);
    expect(valueOf(answer, 'ok_total')).toBe(1);
    expect(valueOf(answer, 'cluster_series_dropped_total', { reason: 'protocol' })).toBe(2);
  });
});
