import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenNotes, goldenPage } from '../../support/golden-notes.js';

describe('the golden notes', () => {
  it('are what the pipeline writes for the demo tenants; if a change is meant, `npm run golden` writes them anew', async () => {
    expect(await goldenNotes()).toBe(readFileSync(join(import.meta.dirname, '../../..', goldenPage), 'utf8'));
  });
});
