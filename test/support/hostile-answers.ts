import fc from 'fast-check';

/**
 * Answers that a desk or a model might send to hold up who reads them: each is a beginning that a reader takes to be
 * right, one thing repeated up to the size bound, and an end.
 */
export interface HostileAnswer {
  readonly opening: string;
  /** Repeated; `#` in it is a number that differs each time. */
  readonly unit: string;
  readonly closing: string;
}

/** The text of an answer, of at most so many bytes. */
export function textOf({ opening, unit, closing }: HostileAnswer, maxBytes: number): string {
  const room = maxBytes - Buffer.byteLength(opening + closing);
  if (!unit.includes('#')) return opening + unit.repeat(Math.floor(room / Buffer.byteLength(unit))) + closing;
  const parts: string[] = [];
  for (let i = 0, bytes = 0; ; i++) {
    const part = unit.replaceAll('#', i.toString(36));
    bytes += Buffer.byteLength(part);
    if (bytes > room) return opening + parts.join('') + closing;
    parts.push(part);
  }
}

const units = [
  // wide: lists of the wrong things, of many things, of distinct things
  '1,',
  '"",',
  'null,',
  '[],',
  '{},',
  '1e999,',
  '-0,',
  '1.5e300,',
  '0.1234567890123456789,',
  '"#",',
  '{"#":1},',
  '{"id":"#"},',
  '{"id":{},"description":[]},',
  '{"message":{"content":1}},',
  '{"status_code":"x"},',
  // keys: many, twice, dangerous, of numbers
  '"#":1,',
  '"a":1,',
  '"__proto__":{},',
  '"toString":1,',
  '"constructor":{"prototype":1},',
  '"1#":{},',
  // deep, and deep beside deep
  '[',
  '{"a":',
  '[[[[[[[[]]]]]]]],',
  '{"a":{"a":{"a":{}}}},',
  '[{"#":[{"#":{}}]}],',
  // long: strings, numbers, escapes, what is not seen, what is no character
  'x',
  '9',
  '0',
  ' ',
  '\\n',
  '\\\\',
  '\\"',
  '\\u0000',
  '\\u200b',
  '\\ud800',
  '\u200b',
  '\u202e',
  '\0',
  '\ufffd',
  'é',
  '中',
  '😀',
  // Markdown fences and line ends
  '```',
  '```\\n',
  '\\n```json\\n',
  '\n',
  '\r\n',
  ' \n',
  // what patterns look for
  'https://evil.com ',
  'https://',
  'a@',
  '@a.',
  'www.',
  'a.',
  'a ',
  '//a:',
  'token=',
  'Bearer ',
  '"... is not valid JSON',
  '<',
  '&',
  '-',
  '_',
  '(',
  '[',
  '](',
] as const; // prettier-ignore

const endings = ['', '"', ']', '}', '"}', ']}', '1]}', '1]}}', '{}]}', '"}}]}', '"}]}', '\0'];

/** Any of these behind any of these, up to a size bound. */
export function hostileAnswers(openings: readonly string[]): fc.Arbitrary<HostileAnswer> {
  return fc.record({
    opening: fc.constantFrom(...openings),
    unit: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...units) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom(...units), fc.constantFrom(...units)).map((two) => two.join('')),
      },
    ),
    closing: fc.constantFrom(...endings),
  });
}

const success = '"response_status":{"status_code":2000,"status":"success"}';

/** Up to where a desk's own form ends: notes that are listed, a note that was added, an error. */
export const deskOpenings = [
  '',
  '[',
  '{',
  '"',
  `{${success},"notes":[`,
  `{${success},"request_notes":[`,
  `{${success},"notes":[{"id":"`,
  `{${success},"notes":[{"id":"1","description":"`,
  `{${success},"note":{"id":`,
  `{${success},"list_info":{"has_more_rows":`,
  '{"response_status":[',
  '{"response_status":{"status_code":',
  '{"response_status":{"status":"',
  '{"response_status":{"messages":[',
  '{"response_status":{"messages":[{"message":"',
]; // prettier-ignore

/** Up to where a chat completion's form ends. */
export const completionOpenings = [
  '',
  '[',
  '{',
  '"',
  '{"choices":[',
  '{"choices":[{"message":{"content":"',
  '{"choices":[{"message":{"content":"","refusal":"',
  '{"usage":{"prompt_tokens":',
  '{"error":{"message":"',
  '{"error":"',
  '{"detail":[{"msg":"',
  'data: {"choices":[{"delta":{"content":"',
  'data: {}\n',
  '{"choices":[{"message":{"content":[',
  '{"data":[',
]; // prettier-ignore

/** Up to where the form ends that a model is asked for; what it answers is text. */
export const contentOpenings = [
  '',
  '```',
  '```json\n',
  '```\n{"summary":"x"}\n',
  '{',
  '[',
  '{"summary":"',
  '{"summary":"x","confidence":"',
  '{"summary":"x","steps":[',
  '{"summary":"x","steps":[{"text":"',
  '{"summary":"x","steps":[{"text":"x","sources":[',
  '{"summary":"x","steps":[{"text":"x","sources":["',
  '<think>',
  '</think>{"',
  "{'",
  '{summary:',
  '"{\\"summary\\":\\"',
  '{"summary":{"summary":',
]; // prettier-ignore
