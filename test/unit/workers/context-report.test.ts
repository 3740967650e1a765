import { expect, it } from '@jest/globals';
import { createContextReports } from '../../../src/workers/context-report.js';

function reports() {
  const counted: object[] = [];
  const logged: object[] = [];
  const report = createContextReports(
    { contextRead: (tenantId, source, documents) => void counted.push({ tenantId, source, ...documents }) },
    { warn: (fields: object, message?: string) => void logged.push({ ...fields, message }) },
  )('acme', 'knowledge_base');
  return { report, counted, logged };
}

const leftOut = { named: [{ what: 'vpn.md', why: 'is UTF-16; save it as UTF-8' }], skipped: 1, truncated: 0 };
const counts = (used: number, skipped = 0) => ({ used, skipped });

it('what files and the index leave out is one figure', () => {
  const { report, counted } = reports();
  report.filesRead({ named: [], skipped: 3, truncated: 1 });
  report.searched(counts(10, 4));
  expect(counted).toEqual([{ tenantId: 'acme', source: 'knowledge_base', used: 9, truncated: 1, skipped: 7 }]);
});

it('is counted when it changes, and not of a source that has nothing', () => {
  const { report, counted } = reports();
  for (const used of [0, 0, 5, 5, 6, 0]) report.searched(counts(used));
  expect(counted).toMatchObject([{ used: 5 }, { used: 6 }, { used: 0 }]);
});

it('is logged once for the same files, however often they are read, and when an index reaches its bounds', () => {
  const { report, logged } = reports();
  for (let i = 0; i < 3; i++) {
    report.filesRead(leftOut);
    report.searched(counts(10, i));
  }
  expect(logged).toEqual([
    expect.objectContaining({
      tenant_id: 'acme',
      skipped: 1,
      left_out: ['vpn.md is UTF-16; save it as UTF-8'],
      message: expect.stringContaining('correct them and reload'),
    }),
    expect.objectContaining({ tenant_id: 'acme', skipped: 1, message: expect.stringContaining('bounds of its index') }),
  ]);
});
