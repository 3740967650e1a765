import { expect, it } from '@jest/globals';
import { LabelTree } from '../../../src/cluster-metrics/child/recording/label-tree.js';

it.each<[what: string, missing: () => '' | undefined, found: string]>([
  ['stands for it where a class takes a label that is left out for an empty one', () => '', 'left out'],
  ['is a text of its own elsewhere', () => undefined, 'the text'],
])('a label that is null %s', (_what, missing, found) => {
  const tree = new LabelTree<string>(['a', 'b'], missing);
  tree.set({ a: 'x', b: 'null' }, 'the text');
  tree.set({ a: 'x' }, 'left out');
  const labels = { a: 'x', b: null };
  expect(tree.find(labels) ?? tree.get(labels)).toBe(found);
});
