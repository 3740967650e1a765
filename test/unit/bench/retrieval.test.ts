import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRandom } from '../../../chaos/random.js';
import { readCollections } from '../../../bench/retrieval/collections.js';
import { confidenceFile, confidenceSource } from '../../../bench/retrieval/confidence-file.js';
import { readCsv } from '../../../bench/retrieval/csv.js';
import { fitLogistic } from '../../../bench/retrieval/logistic.js';
import { averagePrecision, normalizedGain, recall } from '../../../bench/retrieval/measures.js';
import { probabilityOf } from '../../../src/enhancement/confidence.js';
import { confidenceModel } from '../../../src/enhancement/confidence-model.js';

describe('the measures of bench:retrieval', () => {
  const ranked = ['a', 'x', 'b', 'y'];

  it.each([
    ['all relevant first', ['a', 'x'], 1, 1],
    ['relevant first and third', ['a', 'b'], (1 + 2 / 3) / 2, (1 + 0.5) / (1 + 1 / Math.log2(3))],
    ['half of the relevant not found', ['a', 'z'], 0.5, 1 / (1 + 1 / Math.log2(3))],
    ['nothing relevant found', ['z'], 0, 0],
  ])('are those of the textbooks: %s', (_, relevant, precision, gain) => {
    expect(averagePrecision(ranked, new Set(relevant))).toBeCloseTo(precision);
    expect(normalizedGain(ranked, new Set(relevant), 10)).toBeCloseTo(gain);
  });

  it('count recall against what fits into the depth', () => {
    expect(recall(ranked, new Set(['a', 'x', 'z']), 2)).toBe(1);
    expect(recall(ranked, new Set(['a', 'z']), 4)).toBe(0.5);
  });
});

describe('the fit of the confidence', () => {
  it('finds the model that its observations were drawn from', () => {
    const random = createRandom(3);
    const weights = {
      coverage: 2,
      titleCoverage: 1.5,
      focus: 1,
      closeness: 3,
      lead: 0.5,
      length: -0.5,
      rarest: 1,
      secondRarest: 0.5,
      thirdRarest: 0.5,
      fourthRarest: 0.5,
      queryLength: -0.5,
      shortness: 0.5,
    };
    const observations = Array.from({ length: 20_000 }, () => {
      const evidence = {
        coverage: random(),
        titleCoverage: random(),
        focus: random(),
        closeness: random(),
        lead: random(),
        length: random(),
        rarest: random(),
        secondRarest: random(),
        thirdRarest: random(),
        fourthRarest: random(),
        queryLength: random(),
        shortness: random(),
      };
      return { evidence, relevant: random() < probabilityOf(evidence, { intercept: -2, weights }), weight: 1 };
    });
    const fitted = fitLogistic(observations, 1e-3);
    for (const { evidence } of observations.slice(0, 100)) {
      const expected = probabilityOf(evidence, { intercept: -2, weights });
      expect(Math.abs(probabilityOf(evidence, fitted) - expected)).toBeLessThan(0.05);
    }
  });
});

describe('the model of confidence in the repository', () => {
  it('is as fit:confidence writes it', () => {
    expect(readFileSync(confidenceFile, 'utf8')).toBe(confidenceSource(confidenceModel));
  });
});

describe('public collections', () => {
  it('that are missing are named, with where they come from', () => {
    expect(() => readCollections('/nowhere')).toThrow(/SeaMonkey_bugs\.csv.*av9ash\/gitbugs[\s\S]*xquad\.zh\.json/);
  });

  it('are read from CSV with quoted fields, line breaks and marks in them', () => {
    expect(readCsv('id,text\r\n1,"a, ""b""\nc"\n2,\n')).toEqual([
      { id: '1', text: 'a, "b"\nc' },
      { id: '2', text: '' },
    ]);
  });
});
