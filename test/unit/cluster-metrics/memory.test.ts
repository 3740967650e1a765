import { describe, expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Source } from '../../../src/cluster-metrics/primary/totals/source.js';
import { Totals } from '../../../src/cluster-metrics/primary/totals/totals.js';
import type { MetricIntroduction } from '../../../src/cluster-metrics/wire/protocol.js';

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

const makeTotals = (onDrop: (reason: string) => void) =>
  new Totals({ maxLabelSets: 10, created: true, onDrop, nowMs: () => 0 });

describe('the primary forgets', () => {
  it('a definition that was never shown, when its last process has ended', async () => {
    const drops: string[] = [];
    const totals = makeTotals((reason) => drops.push(reason));
    totals.apply(new Source({}, 'reporting', 0), { metrics: [introduction('Shown')] });
    const waiting = (): WeakRef<object> => {
      const source = new Source({}, 'reporting', 0);
      totals.apply(source, { metrics: [introduction('Waiting', ['a'])] });
      const family = source.metrics.get(0)?.family;
      if (family === undefined) throw new Error('it is counted while it waits');
      totals.depart(source);
      return new WeakRef(family);
    };
    const left = Array.from({ length: 3 }, waiting);
    expect(drops).toEqual(Array.from({ length: 3 }, () => 'conflicting_definition'));
    await new Promise(setImmediate); // a WeakRef holds its target until the turn ends
    collectGarbage();
    expect(left.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined]);
  });

  it('label sets that came and went', () => {
    const totals = makeTotals(() => undefined);
    const source = new Source({}, 'reporting', 0);
    totals.apply(source, { metrics: [introduction('Any', ['a'])] });
    for (let id = 0; id < 1000; id++) {
      totals.apply(source, { series: [[id, 0, [String(id)]]], counters: [id, 1], removed: id === 0 ? [] : [id] });
    }
    expect([...source.series.keys()]).toEqual([0]);
    expect(totals.values('x_total')).toEqual([{ labels: { a: '0' }, value: 1 }]);
  });
});
