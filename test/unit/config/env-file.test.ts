import { describe, expect, it } from '@jest/globals';
import { parseEnvFile } from '../../../src/config/env-file.js';

describe('a .env file', () => {
  it.each<[what: string, text: string, variables: Record<string, string>]>([
    ['variables with blanks around them', '  A = 1 \nB=\t2\nC=', { A: '1', B: '2', C: '' }],
    ['the lines of a shell script', 'export A=1\n\n# B=2\n  # C=3\n', { A: '1' }],
    ['a variable that is named export', 'export=1', { export: '1' }],
    ['an empty value before another variable', 'A= \nB=2', { A: '', B: '2' }],
    ['a value that holds equals signs', 'A=B=C==', { A: 'B=C==' }],
    ['a # inside of a word, as in a password', 'A=pa#ss\nB=redis://:p%40#x@h', { A: 'pa#ss', B: 'redis://:p%40#x@h' }],
    ['a comment after a value, and one in its place', 'A=1 # one\nB=2\t#\nC=# none\n', { A: '1', B: '2', C: '' }],
    ['apostrophes in comments', "# it's\nA=1\n# don't\nB=2", { A: '1', B: '2' }],
    [
      'quoted values, and comments with quotation marks',
      'A="1 # 2" # or "3"\nB=\'"\'\nC=`x`',
      { A: '1 # 2', B: '"', C: 'x' },
    ],
    [
      'a value over several lines',
      "KEY='-----BEGIN\nabc\n-----END'\nB=2",
      { KEY: '-----BEGIN\nabc\n-----END', B: '2' },
    ],
    [
      '\\n between double quotation marks alone',
      'A="1\\n2"\nB=\'1\\n2\'\nC=1\\n2',
      { A: '1\n2', B: '1\\n2', C: '1\\n2' },
    ],
    [
      'escaped quotation marks, backslashes and dollar signs between double ones',
      'A="say \\"hi\\" # now" # b\nB="C:\\\\tmp\\\\"\nC="pa\\$\\$w"\nD="1\\r"',
      { A: 'say "hi" # now', B: 'C:\\tmp\\', C: 'pa$$w', D: '1\r' },
    ],
    ['JSON between double quotation marks', 'A="{\\"a\\":\\"b\\\\n\\"}"', { A: '{"a":"b\\n"}' }],
    [
      'a backslash before any other character as it stands',
      'A="\\d+\\t"\nB=\'\\"\'\nC=a\\"b',
      { A: '\\d+\\t', B: '\\"', C: 'a\\"b' },
    ],
    ['a $ as it stands', 'A=$B${C}', { A: '$B${C}' }],
    ['the last of two values', 'A=1\nA=2', { A: '2' }],
    ['separators that only some readers take for line ends', 'A=1\u20282\nB=2', { A: '1\u20282', B: '2' }],
  ])('has %s', (_what, text, variables) => {
    expect(parseEnvFile(text)).toEqual({ variables, warnings: [] });
  });

  it('loses no variable to a line that is none, and names that line without quoting it', () => {
    const { variables, warnings } = parseEnvFile('A="1\n2"\nHTTP_PORT: 80\ncanary\nB=\'2\nC=3\n');
    expect(variables).toEqual({ A: '1\n2', B: "'2", C: '3' });
    expect(warnings).toEqual([
      'Line 3 of .env is not NAME=value and is ignored.',
      'Line 4 of .env is not NAME=value and is ignored.',
      'Line 5 of .env has a quotation mark without a second one; its value is used as it stands.',
    ]);
  });

  it('tells of a value that ends in an escaped quotation mark, and so takes in the line below', () => {
    const { variables, warnings } = parseEnvFile('A="C:\\dir\\"\nB="1"\nC=2');
    expect(variables).toEqual({ A: 'C:\\dir"\nB=', C: '2' });
    expect(warnings).toEqual([expect.stringMatching(/^Line 2 of .env has text behind its second quotation mark/)]);
  });

  it('names ten lines at most', () => {
    expect(parseEnvFile('x\n'.repeat(100)).warnings).toHaveLength(10);
  });
});
