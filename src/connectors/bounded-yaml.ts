import { Composer, type Document, Lexer, LineCounter, Parser, type CST, YAMLParseError } from 'yaml';

/** Lists and mappings within each other. Front matter and inventories have three. */
const deepestNesting = 100;

/**
 * Parses the YAML of a document as the library's `parseDocument` does, which calls itself at each level of nesting: if the stack overflows
 * while a pattern is compiled, the engine ends the process, and there is no error to catch.
 *
 * @throws {Error} if the text is nested too deeply
 */
export function parseBoundedYaml(text: string): Document.Parsed {
  const lines = new LineCounter();
  const [document, another] = new Composer().compose(tokensOf(text, lines), true, text.length);
  if (document === undefined) throw new Error('it has no document');
  if (another !== undefined) {
    const [start, end] = another.range;
    document.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'A second document begins'));
  }
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    error.message += ` at line ${line}, column ${col}`;
  }
  return document;
}

function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > deepestNesting) throw new Error(`it is nested deeper than ${deepestNesting} levels`);
  }
  yield* parser.end();
}
