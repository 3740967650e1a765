/**
 * Reads the JSON that language models write: with commas too many, comments, line ends and quotation marks within strings, keys
 * without quotation marks, and cut off in the middle. One pass, so its time is linear, with bounded nesting. A text with more
 * values than an answer has is read as if it were cut off there.
 */

export type LenientValue = string | number | boolean | null | LenientValue[] | LenientObject;
/** Keys in lower case; the first of two equal ones counts. */
export type LenientObject = ReadonlyMap<string, LenientValue>;

export interface LenientReading {
  readonly value: LenientValue;
  /** The index behind it. */
  readonly end: number;
  /** False: the text ended within it, and the part that was cut is left out. */
  readonly complete: boolean;
}

/** No value begins there, as is seen at `end`. */
export interface NoReading {
  readonly value: undefined;
  readonly end: number;
}

const deepest = 16;
/** So many take 5 ms. */
const mostValues = 4000;

class NotJson extends Error {}
/** The text has ended; what encloses the value keeps what it has. */
const cut = Symbol('cut');

export function readLenientJson(text: string, start: number): LenientReading | NoReading {
  const reader = new Reader(text, start);
  try {
    const value = reader.value(deepest);
    return value === cut ? { value: undefined, end: reader.at } : { value, end: reader.at, complete: reader.complete };
  } catch (error) {
    if (error instanceof NotJson) return { value: undefined, end: reader.at };
    throw error;
  }
}

/** What a string begins and ends with: an input method writes other marks than JSON has. */
const marks: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
]);
const isColon = /[:：]/;
const isComma = /[,，]/;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
const literals: readonly (readonly [RegExp, boolean | null])[] = [
  [/true\b/iy, true],
  [/false\b/iy, false],
  [/(?:null|none|undefined)\b/iy, null],
];
const numberForm = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const bareKey = /[A-Za-z_][\w-]*/y;

class Reader {
  complete = true;
  private values = 0;

  constructor(
    private readonly text: string,
    public at: number,
  ) {}

  value(depth: number): LenientValue | typeof cut {
    if (depth === 0) throw new NotJson();
    if (++this.values > mostValues) return this.end();
    this.skipSpace();
    const character = this.text[this.at];
    switch (character) {
      case undefined:
        return this.end();
      case '{':
        return this.object(depth);
      case '[':
        return this.list(depth);
      default:
        return this.marked(character) ?? this.plain();
    }
  }

  private object(depth: number): LenientObject {
    const fields = new Map<string, LenientValue>();
    this.at++;
    for (;;) {
      this.skipSeparators();
      const character = this.text[this.at];
      if (character === '}') return this.closed(fields);
      if (character === undefined) return this.ended(fields);
      const key = this.marked(character) ?? this.match(bareKey);
      if (key === cut) return fields;
      if (key === undefined) throw new NotJson();
      this.skipSpace();
      if (this.text[this.at] === undefined) return this.ended(fields);
      if (!isColon.test(this.text[this.at] ?? '')) throw new NotJson();
      this.at++;
      const value = this.value(depth - 1);
      if (value === cut) return fields;
      const name = key.toLowerCase();
      if (!fields.has(name)) fields.set(name, value);
      if (!this.complete) return fields;
    }
  }

  private list(depth: number): LenientValue[] {
    const values: LenientValue[] = [];
    this.at++;
    for (;;) {
      this.skipSeparators();
      if (this.text[this.at] === ']') return this.closed(values);
      if (this.text[this.at] === undefined) return this.ended(values);
      const value = this.value(depth - 1);
      if (value === cut) return values;
      values.push(value);
      if (!this.complete) return values;
    }
  }

  /** The string that begins with this character; undefined: none does. */
  private marked(opening: string): string | typeof cut | undefined {
    const closing = marks.get(opening);
    return closing === undefined ? undefined : this.string(closing);
  }

  private string(mark: string): string | typeof cut {
    const parts: string[] = [];
    let from = ++this.at;
    for (; this.at < this.text.length; this.at++) {
      const character = this.text[this.at];
      if (character === mark && this.endsString()) {
        parts.push(this.text.slice(from, this.at++));
        return parts.join('');
      }
      if (character !== '\\') continue;
      parts.push(this.text.slice(from, this.at));
      parts.push(this.escape());
      from = this.at + 1;
    }
    return this.end();
  }

  /** Whether the mark is the end: what follows is JSON, or a new line. Else it is one within the text, as in `"Click "OK""`. */
  private endsString(): boolean {
    let next = this.at + 1;
    while (this.text[next] !== '\n' && next < this.text.length && (this.text[next] ?? '').trim() === '') next++;
    return next === this.text.length || '\n,:}]/，：'.includes(this.text[next] ?? '');
  }

  /** Leaves `at` on the last character of the escape. */
  private escape(): string {
    const character = this.text[++this.at] ?? '';
    const code = character === 'u' ? this.text.slice(this.at + 1, this.at + 5) : '';
    if (!/^[0-9a-f]{4}$/i.test(code)) {
      // A path that was not escaped: `C:\bin`, `\users`. No note has a backspace.
      return escapes[character] ?? (/[a-z0-9]/i.test(character) ? `\\${character}` : character);
    }
    this.at += 4;
    return String.fromCharCode(Number.parseInt(code, 16));
  }

  private plain(): LenientValue | typeof cut {
    for (const [form, value] of literals) if (this.match(form) !== undefined) return value;
    const number = this.match(numberForm);
    if (number !== undefined) return Number(number);
    // The beginning of a literal at the end of the text.
    if (this.text.length - this.at < 5 && this.match(bareKey) !== undefined) return this.end();
    throw new NotJson();
  }

  private match(form: RegExp): string | undefined {
    form.lastIndex = this.at;
    const found = form.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** And comments, which JavaScript allows and JSON does not. */
  private skipSpace(): void {
    for (;;) {
      while (this.at < this.text.length && (this.text[this.at] ?? '').trim() === '') this.at++;
      const end = this.text.startsWith('//', this.at) ? '\n' : this.text.startsWith('/*', this.at) ? '*/' : undefined;
      if (end === undefined) return;
      const at = this.text.indexOf(end, this.at + 2);
      this.at = at === -1 ? this.text.length : at + end.length;
    }
  }

  private skipSeparators(): void {
    for (this.skipSpace(); isComma.test(this.text[this.at] ?? ''); this.skipSpace()) this.at++;
  }

  private closed<T>(value: T): T {
    this.at++;
    return value;
  }

  private ended<T>(value: T): T {
    this.complete = false;
    return value;
  }

  private end(): typeof cut {
    return this.ended(cut);
  }
}
