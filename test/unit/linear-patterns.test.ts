import { describe, expect, it } from '@jest/globals';
import { superlinearGrowth } from '../support/growth.js';
import { pumpsFor } from '../support/pumps.js';
import { patternsIn } from '../support/source-patterns.js';

/** A pattern that needs more than linear time holds up the loop of its process, and with it every tenant. */

const patterns = patternsIn('src');

/** The first input on which the pattern's time grows faster than the input. */
function superlinearOn(pattern: RegExp): string | undefined {
  for (const pump of pumpsFor(pattern)) {
    const growth = superlinearGrowth(pattern, pump);
    if (growth !== undefined) return `${JSON.stringify(pump)}: ${growth.toFixed(1)} times as long for twice the input`;
  }
  return undefined;
}

describe('every regular expression of src takes time in proportion to its input', () => {
  it('is found by itself', () => {
    expect(patterns.length).toBeGreaterThan(90);
  });

  it('is known: none is made at run time, where no test can know it', () => {
    const unknown = patterns.filter(({ pattern }) => pattern === undefined);
    expect(unknown.map(({ file, written }) => `${file}: ${written}`)).toEqual([]);
  });

  const known = patterns.flatMap(({ file, written, pattern }) =>
    pattern === undefined ? [] : [[file, written, pattern] as const],
  );
  it.each(known)('%s: %s', (_file, _written, pattern) => {
    expect(superlinearOn(pattern)).toBeUndefined();
  });
});

describe('the search for superlinear patterns finds', () => {
  it.each([
    ['a space at an end', /\s+$/],
    ['the same class twice', /^#\s+(.+?)\s*#*\s*$/m],
    ['three times', /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/],
    ['a quotation that may begin anywhere', /"[\s\S]*" is not valid JSON/],
    ['brackets that may begin anywhere', /!?\[([^\]]*)\]\([^)]*\)/g],
    ['a word that may begin anywhere', /[\w.]+@[\w.]+/],
    ['a beginning that repeats', /<link\b[^>]*href="https?:[^>]*>/g],
    ['an exponential one', /^(a+)+$/],
    ['alternatives that overlap', /^(?:\w|\d)*$/],
    ['a repeated group with an optional part', /^(?:\w+\s?)*$/],
    ['one in a lookahead', /(?=a*b)x/],
    ['one with a backreference', /(x+)\1y/],
    ['a lookbehind', /(?<=a\s*)\s/],
  ])('%s', (_, pattern) => {
    expect(superlinearOn(pattern)).toMatch(/^\{.*\}: \d+\.\d times as long for twice the input$/);
  });
});
