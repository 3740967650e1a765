import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readModelAnswer } from '../../../src/enhancement/model-answer.js';
import { contentShapes, sparseShapes, unusableShapes } from '../../support/answer-shapes.js';

describe('an answer of a language model', () => {
  it.each(contentShapes)('is used: %s', (_, content) => {
    const reading = readModelAnswer(content);
    if (reading.kind === 'unusable') throw new Error(reading.problem);
    expect(reading.note.summary).toMatch(/^The keys\sexpire\.$/);
    expect(reading.note.steps[0]).toMatchObject({
      text: 'Raise the interval.',
      sources: expect.arrayContaining(['S1']),
    });
    expect(reading.note.steps[0]?.sources).toEqual([...new Set(reading.note.steps[0]?.sources)]);
  });

  it.each(sparseShapes)('is used without steps: %s', (_, content) => {
    const note = { summary: 'The keys expire.', steps: [], confidence: undefined };
    expect(readModelAnswer(content)).toEqual({ kind: 'note', note });
  });

  it.each([
    ['"High"', 'high'],
    ['"MEDIUM"', 'medium'],
    ['"very low"', 'low'],
    ['"moderate"', 'medium'],
    ['0.8', 'high'],
    ['0.5', 'medium'],
    ['"0.1"', 'low'],
    ['80', 'high'],
    ['"40%"', 'medium'],
    ['0', 'low'],
    ['1', 'high'],
    ['-1', undefined],
    ['1e300', undefined],
    ['true', undefined],
    ['"?"', undefined],
    ['{}', undefined],
  ])('with the confidence %s is %s', (confidence, expected) => {
    const reading = readModelAnswer(`{"summary":"x","confidence":${confidence}}`);
    expect(reading).toMatchObject({ kind: 'note', note: { confidence: expected } });
  });

  it.each([
    ['{"summary":"Click "OK" now"}', 'Click "OK" now'],
    ["{'summary':'It doesn't answer'}", "It doesn't answer"],
    ['{"summary":"Set "rekey" to 8" , "steps":[]}', 'Set "rekey" to 8'],
    ['{"summary":"Open ""\n}', 'Open "'],
  ])('has the quotation marks that it did not escape: %s', (content, summary) => {
    expect(readModelAnswer(content)).toMatchObject({ kind: 'note', note: { summary } });
  });

  it.each([
    ['{"summary":"x","steps":["a"\n"b"]}'],
    ['{"summary":"x","steps":["a" , "b" ]}'],
    ['{"summary" : "x" , "steps" : [ "a" // first\n, "b" ] }'],
  ])('has strings that end where they did: %s', (content) => {
    const steps = [{ text: 'a' }, { text: 'b' }];
    expect(readModelAnswer(content)).toMatchObject({ kind: 'note', note: { summary: 'x', steps } });
  });

  it('has the paths that it did not escape', () => {
    const reading = readModelAnswer(String.raw`{"summary":"Run C:\bin\users\Setup.exe in \\\\nas\\it \* \u00fc"}`);
    expect(reading).toMatchObject({ note: { summary: String.raw`Run C:\bin\users\Setup.exe in \\nas\it * ü` } });
  });

  it.each(unusableShapes)('is unusable: %s', (_, content, problem) => {
    expect(readModelAnswer(content)).toEqual({ kind: 'unusable', problem });
  });

  it('is read no further than its own length over all objects in it that are cut off', () => {
    const nested = (length: number): string => `${'{"a":'.repeat(3)}["${'x'.repeat(length)}",{"summary":"x"}`;
    expect(readModelAnswer(nested(2000))).toMatchObject({ kind: 'note' });
    expect(readModelAnswer(nested(60_000))).toMatchObject({ kind: 'unusable' });
  });

  it('is read whatever it is, and never throws', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '\\',
      "'",
      '"summary"',
      '"steps"',
      'null',
      '1',
      'x',
      '\n',
      '<think>',
      '```',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        expect(['note', 'unusable']).toContain(readModelAnswer(parts.join('')).kind);
      }),
    );
  });

  it('that is valid JSON is read as JSON.parse reads it', () => {
    const text = fc.string({ minLength: 1 }).filter((one) => one.trim() !== '' && !/S ?-?\d/i.test(one));
    fc.assert(
      fc.property(text, (summary) => {
        const reading = readModelAnswer(JSON.stringify({ summary }));
        expect(reading).toMatchObject({ kind: 'note', note: { summary: summary.trim() } });
      }),
    );
  });
});
