import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mostStructure, parseBoundedJson, withEscapedControls } from '../../../src/json/bounded-json.js';

const nested = (levels: number, around = ''): string => `${'['.repeat(levels)}"${around}"${']'.repeat(levels)}`;

describe('JSON that is parsed within bounds', () => {
  it('is what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseBoundedJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['a short text', ''],
    ['a long text', 'x'.repeat(mostStructure)],
    ['brackets inside strings', '[{'.repeat(100)],
    ['escaped quotation marks', '\\"[[\\\\'.repeat(100)],
  ])('may be nested to the bound and no deeper: %s', (_what, around) => {
    expect(parseBoundedJson(nested(8, around), 8)).toEqual(JSON.parse(nested(8, around)));
    expect(() => parseBoundedJson(nested(9, around), 8)).toThrow('JSON is nested deeper than 8');
  });

  it('has a bounded number of values, however flat it is', () => {
    expect(() => parseBoundedJson(`[${'0,'.repeat(mostStructure)}0]`)).toThrow('JSON has too many values');
  });
});

describe('JSON with line ends in its strings', () => {
  it('is escaped to what was meant', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const unescaped = text.replaceAll(/(?<!\\)(?:\\\\)*\\n/g, (found) => `${found.slice(0, -2)}\n`);
        expect(JSON.parse(withEscapedControls(unescaped))).toEqual(JSON.parse(text));
      }),
    );
    expect(JSON.parse(withEscapedControls('{\n"a":\t"one\r\ntwo\u0000",\n"b":"\\n\n"}'))).toEqual({
      a: 'one\r\ntwo\u0000',
      b: '\n\n',
    });
  });

  it('is left as it is where no text has so many', () => {
    const text = `"${'\n'.repeat(100_000)}"`;
    expect(withEscapedControls(text)).toBe(text);
  });
});

describe('JSON out of bounds', () => {
  it.each(['['.repeat(33), '{"a":'.repeat(33) + '1' + '}'.repeat(33), 'nonsense', ''])('is refused: %s', (text) => {
    expect(() => parseBoundedJson(text)).toThrow(SyntaxError);
  });

  it('is refused above a number of values, wherever they stand', () => {
    const list = (values: number): string => `[${'1,'.repeat(values)}1]`;
    expect(parseBoundedJson(list(mostStructure - 2))).toHaveLength(mostStructure - 1);
    expect(() => parseBoundedJson(list(mostStructure - 1))).toThrow('too many values');
    expect(() => parseBoundedJson(`{"a":${'"b"'.repeat(mostStructure)}`)).toThrow('too many values');
    expect(parseBoundedJson(JSON.stringify(',:{"'.repeat(mostStructure)))).toHaveLength(4 * mostStructure);
  });

  it('takes brackets in a string for text', () => {
    expect(parseBoundedJson(JSON.stringify('[\\"'.repeat(50)))).toBe('[\\"'.repeat(50));
  });
});
