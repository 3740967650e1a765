/**
 * Fits the model of confidence to public collections and to that of the demo tenants, and writes its coefficients into
 * src/enhancement/confidence-model.ts.
 *
 *   npm run fit:confidence -- --data FOLDER
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { casesOf } from './retrieval/cases.js';
import { readCollections } from './retrieval/collections.js';
import { fit } from './retrieval/evaluation.js';
import { withSmallOnes } from './retrieval/fitted-collections.js';
import { evidenceNames } from './retrieval/logistic.js';

const { values } = parseArgs({ options: { data: { type: 'string' } } });
const { intercept, weights } = fit((await withSmallOnes(readCollections(values.data))).flatMap(casesOf));
const lines = evidenceNames.map((name) => `    ${name}: ${Number(weights[name].toFixed(3))},\n`).join('');
const text = `/** Written by \`npm run fit:confidence\`. */
export const confidenceModel = {
  intercept: ${Number(intercept.toFixed(3))},
  weights: {
${lines}  },
} as const;
`;
await writeFile(new URL('../src/enhancement/confidence-model.ts', import.meta.url), text);
console.log(text);
