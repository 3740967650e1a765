/** Deeper than any answer that we understand, and far from where parsing or walking would overflow a stack. */
export const deepestNesting = 32;

/**
 * Parses JSON of a stranger.
 *
 * @throws {SyntaxError} when it is not JSON or nested deeper than {@link deepestNesting}
 */
export function parseBoundedJson(text: string): unknown {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      depth++;
      if (depth > deepestNesting) throw new SyntaxError(`JSON is nested deeper than ${deepestNesting}`);
    } else if (character === '}' || character === ']') depth--;
  }
  return JSON.parse(text);
}
