/** Characters with a meaning of their own in JSON, by UTF-16 code unit. */
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Strings, braces, brackets, colons and commas of one text. Bytes alone do not bound the work: `JSON.parse` reads 2 MiB
 * of one string in 2 ms, and takes 250 ms for 2 MiB of nested or distinctly named objects. So many take at most 20 ms,
 * and a validation that looks at each value stays bounded too. A page of a hundred notes with forty fields has 16,000.
 */
export const mostStructure = 40_000;

/**
 * Parses JSON from outside in time proportional to its length, and with a stack that no nesting overflows. The caller
 * bounds the length.
 *
 * @throws {SyntaxError} when it is not JSON, nested deeper than `deepestNesting`, or has more structure than
 * {@link mostStructure}
 */
export function parseBoundedJson(text: string, deepestNesting = 32): unknown {
  let depth = 0;
  let structure = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === backslash) i++;
      else if (code === quote) inString = false;
      continue;
    }
    switch (code) {
      case quote:
        inString = true;
        break;
      case openBrace:
      case openBracket:
        if (++depth > deepestNesting) throw new SyntaxError(`JSON is nested deeper than ${deepestNesting}`);
        break;
      case closeBrace:
      case closeBracket:
        depth--;
        break;
      case comma:
      case colon:
        break;
      default:
        continue;
    }
    if (++structure > mostStructure) throw new SyntaxError('JSON has too many values');
  }
  return JSON.parse(text);
}
