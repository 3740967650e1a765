/**
 * Reads a JSON object of one level that a template engine filled in without escaping: its values may contain raw quotation
 * marks, backslashes and line ends, and may be words without quotation marks.
 */

/** Quotation marks and bare words that are read, in all values together; this many take 10 ms, and a mail has fewer. */
const mostMarks = 20_000;

const opening = /\s*\{\s*/y;
const member = /\s*,\s*"([A-Za-z_]\w{0,63})"\s*:\s*/y;
const firstMember = /"([A-Za-z_]\w{0,63})"\s*:\s*/y;
/** A word, or a list of words. */
const bare = /\[[^[\]{}]*\]|[^",:{}[\]]*/y;
/** How template engines and programming languages print a missing value. */
const missing = /^(?:null|undefined|none|nil)?$/i;

/**
 * @param known keys that end a value wherever they follow it. Each is a key once; a repetition is part of a value. An unknown
 * key ends a value only if the value contains no unescaped quotation mark
 * @returns undefined if the text is not such an object
 */
export function readFilledTemplate(text: string, known: ReadonlySet<string>): Map<string, string | null> | undefined {
  return new TemplateReader(text, known).read();
}

class TemplateReader {
  private readonly fields = new Map<string, string | null>();
  /** The index of the closing brace. */
  private readonly end: number;
  /** Behind the last value, which templates may follow by a comma. */
  private readonly lastEnd: number;
  private marks = 0;

  constructor(
    private readonly text: string,
    private readonly known: ReadonlySet<string>,
  ) {
    this.end = text.trimEnd().length - 1;
    this.lastEnd = text.slice(0, Math.max(0, this.end)).trimEnd().replace(/,$/, '').trimEnd().length;
  }

  read(): Map<string, string | null> | undefined {
    const start = this.text[this.end] === '}' ? this.match(opening, 0) : undefined;
    let next = start && this.match(firstMember, start.end);
    while (next !== undefined) {
      const value = this.text[next.end] === '"' ? this.string(next.end + 1) : this.bare(next.end);
      if (value === undefined) return undefined;
      if (!this.fields.has(next.name)) this.fields.set(next.name, value.content);
      if (this.isEnd(value.end)) return this.fields;
      next = this.match(member, value.end);
    }
    return undefined;
  }

  private string(start: number): Value | undefined {
    let hasMarks = false;
    for (let at = this.mark(start); at !== undefined; at = this.mark(at + 1)) {
      const isEscaped = backslashesBefore(this.text, at) % 2 === 1;
      if (this.endsValue(at + 1, !hasMarks && !isEscaped)) {
        return { content: contentOf(this.text.slice(start, at), hasMarks), end: at + 1 };
      }
      if (!isEscaped) hasMarks = true;
    }
    return undefined;
  }

  private bare(start: number): Value | undefined {
    const found = ++this.marks > mostMarks ? undefined : this.match(bare, start);
    if (found === undefined || !this.endsValue(found.end, true)) return undefined;
    const content = this.text
      .slice(start, found.end)
      .replaceAll(/[[\]"]/g, '')
      .trim();
    return { content: missing.test(content) ? null : content, end: found.end };
  }

  private mark(from: number): number | undefined {
    const at = this.text.indexOf('"', from);
    return at < 0 || ++this.marks > mostMarks ? undefined : at;
  }

  private endsValue(at: number, mayPrecedeAny: boolean): boolean {
    if (this.isEnd(at)) return true;
    const next = this.match(member, at);
    return next !== undefined && (mayPrecedeAny || (this.known.has(next.name) && !this.fields.has(next.name)));
  }

  private isEnd(at: number): boolean {
    return at >= this.lastEnd && at <= this.end;
  }

  private match(form: RegExp, at: number): { readonly name: string; readonly end: number } | undefined {
    form.lastIndex = at;
    const [found, name = ''] = form.exec(this.text) ?? [];
    return found === undefined ? undefined : { name, end: at + found.length };
  }
}

interface Value {
  readonly content: string | null;
  /** The index after it. */
  readonly end: number;
}

function backslashesBefore(text: string, at: number): number {
  let count = 0;
  while (text[at - 1 - count] === '\\') count++;
  return count;
}

const escape = /\\(?:u([0-9a-fA-F]{4})|([\s\S]?))/g;
const invalidEscape = /\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/;
const meanings: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** @param hasMarks whether it contains unescaped quotation marks: then its backslashes are literal too */
function contentOf(raw: string, hasMarks: boolean): string {
  const isEscaped = raw.includes('\\"') || !(hasMarks || invalidEscape.test(raw.replaceAll('\\\\', '')));
  if (!isEscaped) return raw;
  return raw.replace(escape, (_, code?: string, character = '') =>
    code === undefined ? (meanings[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
