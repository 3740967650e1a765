import type { ConfidenceModel } from '../../src/enhancement/confidence.js';
import { evidenceNames } from './logistic.js';

/** The model as it is in the service: `npm run fit:confidence` writes it, and nobody else does. */
export const confidenceFile = new URL('../../src/enhancement/confidence-model.ts', import.meta.url);

/** TypeScript. Three decimals change no probability by more than .01. */
export function confidenceSource({ intercept, weights }: ConfidenceModel): string {
  const number = (value: number): number => Number(value.toFixed(3));
  const lines = evidenceNames.map((name) => `    ${name}: ${number(weights[name])},\n`);
  return `/** Written by \`npm run fit:confidence\`. */
export const confidenceModel = {
  intercept: ${number(intercept)},
  weights: {
${lines.join('')}  },
} as const;
`;
}
