import { describe, expect, it } from '@jest/globals';
import type { MetricDefinition } from '../../src/cluster-metrics/index.js';
import { catalog, durationBuckets } from '../../src/telemetry/catalog.js';

const all: [string, MetricDefinition][] = Object.entries(catalog);

describe('the five core metrics', () => {
  it.each([
    [
      'enhancement_requests_total',
      'counter',
      ['tenant_id', 'status'],
      'Total number of enhancement requests received via webhook',
    ],
    [
      'enhancement_duration_seconds',
      'histogram',
      ['tenant_id', 'status'],
      'Time taken to complete ticket enhancement (webhook to ticket update)',
    ],
    [
      'enhancement_success_rate',
      'gauge',
      ['tenant_id'],
      'Current enhancement success rate percentage (rolling 5-minute window)',
    ],
    ['queue_depth', 'gauge', ['queue_name'], 'Current number of pending enhancement jobs in Redis queue'],
    ['worker_active_count', 'gauge', ['worker_type'], 'Number of currently active workers processing enhancements'],
  ] as const)('%s is as the contract says', (name, type, labels, help) => {
    const definition: MetricDefinition = catalog[name];
    expect(definition.type).toBe(type);
    expect(Object.keys(definition.labels)).toEqual(labels);
    expect(definition.help).toBe(help);
  });

  it('have the contract’s vocabularies and buckets', () => {
    expect(catalog.enhancement_requests_total.labels.status).toEqual([
      'received',
      'queued',
      'rejected',
      'success',
      'failure',
      'pending',
    ]);
    expect(catalog.enhancement_duration_seconds.labels.status).toEqual(['success', 'failure']);
    expect(catalog.queue_depth.labels.queue_name).toEqual(['enhancement:queue']);
    expect(catalog.worker_active_count.labels.worker_type).toEqual(['bullmq_enhancement']);
    expect(durationBuckets).toEqual([
      0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 30, 45, 60, 90, 120, 300,
    ]);
    expect(catalog.enhancement_success_rate).toMatchObject({ merge: 'ratio', windowSeconds: 300, scale: 100 });
  });
});

/** https://prometheus.io/docs/practices/naming/ and the rules of `promtool check metrics`. */
describe.each(all)('%s', (name, definition) => {
  it('is named as Prometheus advises', () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(name.endsWith('_total')).toBe(definition.type === 'counter');
    expect(name).not.toMatch(/_(count|sum|bucket|ms|milliseconds|minutes|kilobytes)$(?<!worker_active_count)/);
    if (definition.type === 'histogram') expect(name).toMatch(/_seconds$/);
  });

  it('says what it is and whom it serves', () => {
    expect(definition.help).toMatch(/^[A-Z].*[^.]$/);
    expect(definition.useCase.length).toBeGreaterThan(20);
  });

  it('has bounded labels', () => {
    for (const [label, vocabulary] of Object.entries(definition.labels)) {
      expect(label).toMatch(/^[a-z][a-z_]*$/);
      if (Array.isArray(vocabulary)) expect(new Set(vocabulary).size).toBe(vocabulary.length);
      else expect(vocabulary).toHaveProperty('oneOf');
    }
  });

  it('has ascending buckets, if any', () => {
    if (definition.type !== 'histogram') return;
    expect([...definition.buckets].sort((a, b) => a - b)).toEqual([...definition.buckets]);
  });
});

it('does not compile without a merge rule and a retention for a gauge', () => {
  // @ts-expect-error: merge and retention are missing
  const incomplete: MetricDefinition = { type: 'gauge', help: 'Depth', labels: {}, useCase: 'How deep?' };
  expect(incomplete.type).toBe('gauge');
});
