/** Writes the golden notes anew: look at what changed before you commit it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenNotes, goldenPage } from '../test/support/golden-notes.js';

writeFileSync(join(import.meta.dirname, '..', goldenPage), await goldenNotes());
console.log(`${goldenPage} is written.`);
