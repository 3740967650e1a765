import { describe, expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Families } from '../../../src/cluster-metrics/primary/families.js';
import { Source } from '../../../src/cluster-metrics/primary/source.js';
import { Totals } from '../../../src/cluster-metrics/primary/totals.js';
import type { MetricIntroduction } from '../../../src/cluster-metrics/wire/changes.js';

/** What the primary keeps of processes, metrics and label sets that have left. */

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const introduction = (help: string, labelNames: string[] = []): MetricIntroduction => ({
  id: 0,
  name: 'x_total',
  help,
  type: 'counter',
  labelNames,
  merge: 'sum',
  retention: 'cumulative',
});

describe('the primary forgets', () => {
  it('a definition that was never shown, when its last process has ended', async () => {
    const families = new Families(true);
    families.hold(introduction('Shown'));
    const waiting = (): WeakRef<object> => {
      const { family, conflict } = families.hold(introduction('Waiting', ['a']));
      expect(conflict).toEqual(expect.any(String));
      families.letGo(family);
      return new WeakRef(family);
    };
    const left = Array.from({ length: 3 }, waiting);
    await new Promise(setImmediate); // a WeakRef holds its target until the turn ends
    collectGarbage();
    expect(left.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined]);
  });

  it('label sets that came and went', () => {
    const totals = new Totals({ maxLabelSets: 10, onDrop: () => undefined, nowMs: () => 0 });
    const source = new Source({}, 'reporting', 0);
    totals.apply(source, { metrics: [introduction('Any', ['a'])] });
    for (let id = 0; id < 1000; id++) {
      totals.apply(source, { series: [[id, 0, [String(id)]]], counters: [id, 1], removed: id === 0 ? [] : [id] });
    }
    expect([...source.series.keys()]).toEqual([0]);
    expect(totals.values('x_total')).toEqual([{ labels: { a: '0' }, value: 1 }]);
  });
});
