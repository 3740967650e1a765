import { describe, expect, it } from '@jest/globals';
import { ExpositionError, parseExposition } from '../../../src/cli/exposition-parser.js';

describe('parseExposition', () => {
  it('groups samples under their metric, a histogram’s lines too', () => {
    const metrics = parseExposition(
      [
        '# HELP a_total Things, a \\\\ and a \\n in it',
        '# TYPE a_total counter',
        'a_total{x="1",y="with \\"quotes\\", a comma, } and \\\\"} 3',
        'a_total 4.5e+1 1700000000000',
        '# HELP h_seconds How long',
        '# TYPE h_seconds histogram',
        'h_seconds_bucket{le="0.1"} 1',
        'h_seconds_bucket{le="+Inf"} 2',
        'h_seconds_sum 1.5',
        'h_seconds_count 2',
        '# a comment',
        'loose_count NaN',
        'negative -Inf',
        '',
      ].join('\n'),
    );
    expect(metrics.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'a_total counter',
      'h_seconds histogram',
      'loose_count untyped',
      'negative untyped',
    ]);
    expect(metrics[0]?.help).toBe('Things, a \\ and a \n in it');
    expect(metrics[0]?.samples[0]?.labels).toEqual({ x: '1', y: 'with "quotes", a comma, } and \\' });
    expect(metrics[0]?.samples[1]).toEqual({ name: 'a_total', labels: {}, value: 45 });
    expect(metrics[1]?.samples.map(({ name }) => name)).toEqual([
      'h_seconds_bucket',
      'h_seconds_bucket',
      'h_seconds_sum',
      'h_seconds_count',
    ]);
    expect(metrics[2]?.samples[0]?.value).toBeNaN();
    expect(metrics[3]?.samples[0]?.value).toBe(Number.NEGATIVE_INFINITY);
  });

  it.each(['<html>', 'a{x=1} 1', 'a{x="1" 1', 'a one', '{x="1"} 1'])('refuses %s and names the line', (line) => {
    expect(() => parseExposition(`ok 1\n${line}\n`)).toThrow(ExpositionError);
    expect(() => parseExposition(`ok 1\n${line}\n`)).toThrow(/line 2/);
  });
});
