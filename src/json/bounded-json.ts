/**
 * Strings, braces, brackets, colons and commas of one text. A bound in bytes is not enough: `JSON.parse` reads 2 MiB of one
 * string in 2 ms, and needs 250 ms for 2 MiB of nested or distinctly named objects. This many take at most 20 ms, and bound the
 * validation of each value too. A page of a hundred notes with forty fields has 16,000.
 */
export const mostStructure = 40_000;

/**
 * Parses JSON from outside in time proportional to its length, and with a stack that no nesting overflows. The caller
 * bounds the length.
 *
 * @param structure the limit of {@link mostStructure}'s kind; may be higher where no event loop has to stay responsive
 * @throws {SyntaxError} when it is not JSON, nested deeper than `deepestNesting`, or has more structure than `structure`
 */
export function parseBoundedJson(text: string, deepestNesting = 32, structure = mostStructure): unknown {
  if (!isSurelyBounded(text, deepestNesting)) checkBounds(text, deepestNesting, structure);
  return JSON.parse(text);
}

/** The same for an answer that may be anything. Undefined: it is not JSON, or exceeds a bound. */
export function boundedJsonIn(text: string, structure?: number): unknown {
  try {
    return parseBoundedJson(text, undefined, structure);
  } catch {
    return undefined;
  }
}

/** A cheap sufficient check: the text is short, and has too few brackets to nest deeply, even counting those in strings. */
function isSurelyBounded(text: string, deepestNesting: number): boolean {
  if (text.length > mostStructure) return false;
  let brackets = 0;
  for (const bracket of '{[') {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++brackets > deepestNesting) return false;
    }
  }
  return true;
}

/** @throws {SyntaxError} */
function checkBounds(text: string, deepestNesting: number, most: number): void {
  // The engine's own search skips plain text quickly; a loop over 2 MiB of characters takes 50 ms on a busy machine.
  const structural = /["[\]{},:]/g;
  let depth = 0;
  for (let structure = 1; structural.test(text); structure++) {
    if (structure > most) throw new SyntaxError('JSON has too many values');
    const at = structural.lastIndex - 1;
    switch (text.charAt(at)) {
      case '"':
        structural.lastIndex = endOfString(text, at + 1);
        break;
      case '{':
      case '[':
        if (++depth > deepestNesting) throw new SyntaxError(`JSON is nested deeper than ${deepestNesting}`);
        break;
      case '}':
      case ']':
        depth--;
        break;
    }
  }
}

/** Control characters of one text that are escaped: far more than a mail has lines. */
const mostEscapedControls = 20_000;

/**
 * Escapes the line ends, tabs and other control characters within strings, which JSON does not allow. Returns the text
 * unchanged if it has none, or more than {@link mostEscapedControls}.
 */
export function withEscapedControls(text: string): string {
  const control = /\p{Cc}/gu;
  const nextControl = (at: number): number => {
    control.lastIndex = at;
    return control.exec(text)?.index ?? text.length;
  };
  const parts: string[] = [];
  let from = 0;
  let next = nextControl(0);
  for (let quote = text.indexOf('"'); quote >= 0 && next < text.length; ) {
    const end = endOfString(text, quote + 1);
    if (next < quote) next = nextControl(quote);
    for (; next < end; next = nextControl(next + 1)) {
      if (parts.length > 2 * mostEscapedControls) return text;
      parts.push(text.slice(from, next), JSON.stringify(text.charAt(next)).slice(1, -1));
      from = next + 1;
    }
    quote = text.indexOf('"', end);
  }
  return parts.join('') + text.slice(from);
}

/** The index after the closing quote of the string whose content begins at `start`; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  const quote = text.indexOf('"', start);
  if (quote < 0) return text.length;
  if (text[quote - 1] !== '\\' || quote === start) return quote + 1;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === doubleQuote) return at + 1;
  }
  return text.length;
}

const backslash = 0x5c;
const doubleQuote = 0x22;
