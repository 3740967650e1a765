/**
 * Fits the model of confidence to public collections and to that of the demo tenants, and writes its coefficients into
 * src/enhancement/confidence-model.ts. The same folder gives the same file.
 *
 *   npm run fit:confidence -- --data FOLDER
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { casesOf } from './retrieval/cases.js';
import { readCollections } from './retrieval/collections.js';
import { confidenceFile, confidenceSource } from './retrieval/confidence-file.js';
import { fit } from './retrieval/evaluation.js';
import { withSmallOnes } from './retrieval/fitted-collections.js';

const { values } = parseArgs({ options: { data: { type: 'string' } } });
const source = confidenceSource(fit((await withSmallOnes(readCollections(values.data))).flatMap(casesOf)));
await writeFile(confidenceFile, source);
console.log(source);
