import { describe, expect, it } from '@jest/globals';
import { unlimitedBudget } from '../../../src/enhancement/index-budget.js';
import { createLoadedIndex } from '../../../src/enhancement/loaded-index.js';
import type { LoadDocuments } from '../../../src/enhancement/ports.js';

const { signal } = new AbortController();
const open = (load: LoadDocuments<string>) =>
  createLoadedIndex({
    load,
    toDocument: (text) => ({ id: text, title: text, text }),
    budget: unlimitedBudget,
    part: 1,
  });

describe('an index that is loaded at its first search', () => {
  it('is loaded once for searches at the same time and after each other', async () => {
    let loads = 0;
    const loaded = open(async (use) => {
      loads++;
      await use('tunnel');
    });
    await Promise.all([1, 2].map(() => loaded.use(async () => undefined, signal)));
    await loaded.use(async () => undefined, signal);
    expect([loads, loaded.index.size]).toEqual([1, 1]);
  });

  it('is loaded anew after a failure, without what was read before it', async () => {
    const reads = [['old', new Error('disk')], ['new']];
    const loaded = open(async (use) => {
      for (const read of reads.shift() ?? []) {
        if (read instanceof Error) throw read;
        await use(read);
      }
    });
    await expect(loaded.use(async () => 'searched', signal)).rejects.toThrow('disk');
    expect(loaded.index.size).toBe(0);
    expect(await loaded.use(async () => 'searched', signal)).toBe('searched');
    expect(loaded.index.size).toBe(1);
    const { index } = loaded;
    const query = index.query({ subject: 'new', description: '' });
    expect(index.rank(query, { limit: 2 }).map(({ document }) => document.id)).toEqual(['new']);
  });

  it('is not searched for a job that was aborted meanwhile', async () => {
    const aborted = AbortSignal.abort(new Error('drained'));
    const search = async (): Promise<string> => {
      throw new Error('searched');
    };
    await expect(open(async () => undefined).use(search, aborted)).rejects.toThrow('drained');
  });
});
