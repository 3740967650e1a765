import { describe, expect, it } from '@jest/globals';
import { parseExposition } from '../../../src/cli/exposition.js';
import type { ServiceStatus } from '../../../src/cli/service-client.js';
import { cut, printable, table, widthOf, wrap } from '../../../src/cli/table.js';
import { coloured, plain } from '../../../src/cli/terminal.js';
import { createHistory } from '../../../src/cli/top/history.js';
import { render, sparkline } from '../../../src/cli/top/rendering.js';

describe('table', () => {
  it('lines columns up, colours or not, and cuts to the width', () => {
    const heads = [{ head: 'ID' }, { head: 'N', align: 'right' }, { head: 'TEXT' }] as const;
    const rows = [
      [coloured('red', 'a'), '5', 'long long text'],
      ['abc', '10', 'x'],
    ];
    expect(table(heads, rows, plain)).toEqual([
      'ID    N  TEXT',
      `${coloured('red', 'a')}     5  long long text`,
      'abc  10  x',
    ]);
    const [, narrow = ''] = table(heads, rows, plain, 14);
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

describe('sparkline', () => {
  it('goes from nothing to the most, with gaps', () => {
    expect(sparkline([0, 4, null, 8])).toBe('▁▅ █');
    expect(sparkline([0, 0])).toBe('▁▁');
  });
});

const status: ServiceStatus = {
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
  tenants: [{ id: 'acme', name: 'Acme', active: true }],
};

function metrics(received: number, slow: number) {
  return parseExposition(
    [
      '# TYPE enhancement_requests_total counter',
      `enhancement_requests_total{tenant_id="acme",status="received"} ${received}`,
      '# TYPE enhancement_success_rate gauge',
      'enhancement_success_rate{tenant_id="acme"} 99.5',
      '# TYPE enhancement_duration_seconds histogram',
      'enhancement_duration_seconds_bucket{tenant_id="acme",status="success",le="1"} 0',
      `enhancement_duration_seconds_bucket{tenant_id="acme",status="success",le="+Inf"} ${slow}`,
      `enhancement_duration_seconds_count{tenant_id="acme",status="success"} ${slow}`,
    ].join('\n'),
  );
}

describe('top', () => {
  it('shows rates over its window, and nothing about before it', () => {
    const history = createHistory();
    const first = history.add(status, metrics(100, 5), 0);
    expect(first.tenants).toMatchObject([{ received_per_second: null, p95_seconds: null, success_rate: 99.5 }]);
    const second = history.add({ ...status, queue: null }, metrics(120, 6), 2000);
    expect(second.tenants).toMatchObject([{ received_per_second: 10, p95_seconds: 1 }]);
    expect(second.queueDepths).toEqual([6, null]);
    const later = history.add(status, metrics(120, 6), 31_000);
    expect(later.windowSeconds).toBe(29);
    expect(later.tenants).toMatchObject([{ received_per_second: 0, p95_seconds: null }]);
  });

  it('fits the terminal, whatever its size', () => {
    const history = createHistory();
    history.add(status, metrics(1, 1), 0);
    const view = history.add(status, metrics(2, 2), 1000);
    const whole = render(view, { paint: plain });
    expect(whole[0]).toMatch(/ not ready +up /);
    expect(whole.join('\n')).toContain('No worker child is ready.');
    expect(whole.join('\n')).toMatch(/\nworker 0 +- +backoff +- +3 +-/);
    for (const [columns, rows] of [
      [20, 5],
      [80, 24],
      [200, 60],
      [1, 1],
    ] as const) {
      const lines = render(view, { paint: coloured, columns, rows, footer: 'q leaves', problem: 'gone' });
      expect(lines.length).toBeLessThanOrEqual(Math.max(rows, 2));
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });
});
