import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFilledTemplate } from '../../../src/json/filled-template.js';

const known = new Set(['ticket_id', 'subject', 'description', 'priority']);
const read = (text: string): object | undefined => {
  const fields = readFilledTemplate(text, known);
  return fields && Object.fromEntries(fields);
};

describe('a template of JSON into which texts were put as they are', () => {
  it.each<[string, string, object]>([
    ['quotation marks', '{"subject":"The "VPN" drops","ticket_id":7}', { subject: 'The "VPN" drops', ticket_id: '7' }],
    ['marks at both ends', '{"subject":""VPN"","ticket_id":"7"}', { subject: '"VPN"', ticket_id: '7' }],
    [
      'a Windows path',
      '{"subject":"C:\\Users\\new "x"","ticket_id":"7"}',
      { subject: 'C:\\Users\\new "x"', ticket_id: '7' },
    ],
    [
      'a path in one text alone',
      '{"subject":"\\\\srv\\share","description":"a\\nb"}',
      { subject: '\\\\srv\\share', description: 'a\nb' },
    ],
    [
      'a backslash at an end',
      '{"subject":"in C:\\temp\\","description":"x"}',
      { subject: 'in C:\\temp\\', description: 'x' },
    ],
    ['lines', '{\n "subject": "a\n"b"\t",\n "description": "c"\n}\n', { subject: 'a\n"b"\t', description: 'c' }],
    [
      'HTML',
      '{"description":"<a href="https://x.example" class="y">x</a>","ticket_id":1}',
      { description: '<a href="https://x.example" class="y">x</a>', ticket_id: '1' },
    ],
    [
      'JSON in a text',
      '{"description":"config {"a":"b","c":1} fails","subject":"x"}',
      { description: 'config {"a":"b","c":1} fails', subject: 'x' },
    ],
    [
      'words without quotation marks, and none',
      '{"subject":"a "b"","priority":High,"ticket_id":}',
      { subject: 'a "b"', priority: 'High', ticket_id: null },
    ],
    ['a comma behind the last', '{"subject":"a","ticket_id":7, \n}', { subject: 'a', ticket_id: '7' }],
    ['a comma within the last', '{"ticket_id":7,"subject":"a,"}', { ticket_id: '7', subject: 'a,' }],
    ['null', '{"subject":"a "b"","description":null}', { subject: 'a "b"', description: null }],
    [
      'missing values of other languages',
      '{"subject":"a "b"","priority":undefined,"description":None,"ticket_id":nil}',
      { subject: 'a "b"', priority: null, description: null, ticket_id: null },
    ],
    [
      'a list of words',
      '{"tags":["vpn", "wi fi"],"subject":"a "b"","ticket_id":7}',
      { subject: 'a "b"', tags: 'vpn, wi fi', ticket_id: '7' },
    ],
    [
      'a path in quotation marks of its own',
      '{"subject":"a "b"","description":""C:\\temp\\new""}',
      { subject: 'a "b"', description: '"C:\\temp\\new"' },
    ],
    [
      'a path, and an apostrophe that was escaped',
      `{"subject":"C:\\temp\\new isn\\'t there","ticket_id":7}`,
      { subject: "C:\\temp\\new isn\\'t there", ticket_id: '7' },
    ],
    [
      'keys of its own',
      '{"requester":"Kim","subject":"a "b"","ticket_id":1}',
      { requester: 'Kim', subject: 'a "b"', ticket_id: '1' },
    ],
    [
      'what was escaped beside what was not',
      '{"subject":"a \\"b\\"\\u00e4","description":"c "d""}',
      { subject: 'a "b"ä', description: 'c "d"' },
    ],
    [
      'a second value for a field, which is text',
      '{"ticket_id":"1","subject":"x","ticket_id":"2","description":"y "z""}',
      { ticket_id: '1', subject: 'x', description: 'y "z"' },
    ],
    [
      'a field within a text',
      '{"ticket_id":"1","subject":"a "b" ","ticket_id":"2"}',
      { ticket_id: '1', subject: 'a "b" ","ticket_id":"2' },
    ],
  ])('is read with %s', (_what, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    '',
    '{',
    '{}',
    '[]',
    '{"subject":',
    '{"subject":"a',
    '{"subject":"a "b"',
    '{"subject":"a"}x',
    '{subject:"a"}',
    '{"subject":"a "b"","x":{"y":1}}',
    '"a"',
    '{"a":b c:d}',
  ])('is none: %s', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('gives each text back, whatever is in it but the end of a field', () => {
    const word = fc.stringMatching(/^[\w \\"<>/{}:\n.]{0,30}$/);
    fc.assert(
      fc.property(word, word, (subject, description) => {
        fc.pre(
          !`${subject}${description}`.includes('\\') &&
            !subject.trim().endsWith(',') &&
            !description.trim().endsWith('}'),
        );
        expect(read(`{"subject":"${subject}","description":"${description}","ticket_id":"7"}`)).toEqual({
          subject,
          description,
          ticket_id: '7',
        });
      }),
    );
  });

  it('takes no long time where there are many quotation marks', () => {
    expect(read(`{"ticket_id":"1","subject":"${'" '.repeat(500_000)}"}`)).toBeUndefined();
  });
});
