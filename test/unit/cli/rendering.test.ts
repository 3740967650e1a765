import { describe, expect, it } from '@jest/globals';
import type { ServiceStatus } from '../../../src/cli/service-client.js';
import { type Column, cut, printable, table, widthOf, wrap } from '../../../src/cli/text-table.js';
import { coloured, plain } from '../../../src/cli/terminal.js';
import { render, viewOf } from '../../../src/cli/top-view.js';

describe('table', () => {
  it('lines columns up, colours or not, and cuts to the width', () => {
    const columns: Column<readonly [string, number, string]>[] = [
      { head: 'ID', cell: ([id]) => id },
      { head: 'N', align: 'right', cell: ([, n]) => String(n) },
      { head: 'TEXT', cell: ([, , text]) => text },
    ];
    const rows = [
      [coloured('red', 'a'), 5, 'long long text'],
      ['abc', 10, 'x'],
    ] as const;
    expect(table(columns, rows, plain)).toEqual([
      'ID    N  TEXT',
      `${coloured('red', 'a')}     5  long long text`,
      'abc  10  x',
    ]);
    const [, narrow = ''] = table(columns, rows, plain, 14);
    expect(widthOf(narrow)).toBe(14);
    expect(narrow.endsWith('…')).toBe(true);
    expect(cut(coloured('red', 'abcdef'), 3)).toBe(`${coloured('red', 'ab')}…`);
  });

  it('keeps what others wrote from moving the cursor', () => {
    expect(printable('a\u001b[2Jb\nc\u0007\u009b\u202e')).toBe('a [2Jb c ');
  });

  it('wraps between words', () => {
    expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
    expect(wrap('unbreakable', 4)).toEqual(['unbreakable']);
  });
});

function tenant(received: number): ServiceStatus['tenants'][number] {
  const requests = { received, success: 0, failure: 0 };
  return { id: 'acme', name: 'Acme', active: true, requests, successRate: 99.5, durationSeconds: { p95: 1.5 } };
}

const status: ServiceStatus = {
  asOf: '2026-11-23T10:00:00.000Z',
  version: '1.2.3',
  pid: 7,
  uptimeSeconds: 90,
  state: 'unready',
  reasons: [{ reason: 'role_not_ready', severity: 'unready', message: 'No worker child is ready.' }],
  children: [
    { role: 'http', slot: 0, pid: 8, state: 'ready', uptime: 89, restarts: 0, reportAgeSeconds: 0.25 },
    { role: 'worker', slot: 0, state: 'backoff', restarts: 3 },
  ],
  queue: { counts: { waiting: 1, prioritized: 2, delayed: 3, active: 4, failed: 5 }, oldestJobAgeSeconds: 61 },
  failedJobs: [],
  tenants: [tenant(100)],
};

describe('top', () => {
  const later: ServiceStatus = { ...status, asOf: '2026-11-23T10:00:02.000Z', tenants: [tenant(120)] };

  it('shows rates between two readings, and none from one', () => {
    const rates = { received_per_second: null, success_rate: 99.5, p95_seconds: 1.5 };
    expect(viewOf(status, undefined)).toMatchObject({ tenants: [rates], windowSeconds: null });
    expect(viewOf(later, status)).toMatchObject({ tenants: [{ received_per_second: 10 }], windowSeconds: 2 });
    // The primary was restarted, and counts from 0.
    expect(viewOf({ ...later, tenants: [tenant(3)] }, status).tenants).toMatchObject([{ received_per_second: 0 }]);
  });

  it('shows 100 % only if no job failed', () => {
    const shown = (successRate: number): string =>
      render(viewOf({ ...status, tenants: [{ ...tenant(1), successRate }] }, undefined), { paint: plain }).join('\n');
    expect(shown(99.97)).toContain(' 99.9 % ');
    expect(shown(100)).toContain(' 100 % ');
  });

  it('fits the terminal, whatever its size', () => {
    const view = viewOf(later, status);
    const whole = render(view, { paint: plain });
    expect(whole[0]).toMatch(/ not ready +up /);
    expect(whole.join('\n')).toContain('No worker child is ready.');
    expect(whole.join('\n')).toMatch(/\nworker 0 +- +backoff +- +3 +-/);
    expect(whole.join('\n')).toContain('delayed 3  active 4  failed 5  oldest waits 61 s');
    for (const [columns, rows] of [
      [20, 5],
      [80, 24],
      [200, 60],
      [1, 1],
    ] as const) {
      const lines = render(view, { paint: coloured, columns, rows, problem: 'gone' });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });
});
