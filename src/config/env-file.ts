/** Parses a `.env` file. Node's own `parseEnv` reads several forms otherwise in each of its versions, and reports no mistake. */

export interface EnvFile {
  readonly variables: Readonly<Record<string, string>>;
  /** A sentence for each of the first lines that cannot be used as they are written. None quotes the line, which may be a secret. */
  readonly warnings: readonly string[];
}

const ignored = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const assignment = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y;
const restOfLine = /[^\n]*(?:\n|$)/y;

/** Where an unquoted value ends: a `#` inside of a word, as in a password, belongs to it. */
const comment = /(?:^|[ \t])#/;

/** A quoted value from its first mark to its last. Between double ones a backslash keeps the next character from ending it. */
const quoted = /"((?:[^"\\]|\\.)*)"|'([^']*)'|`([^`]*)`/sy;

/** What a backslash makes of these characters between double quotation marks; before any other it stands for itself. */
const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', $: '$', n: '\n', r: '\r' };

const mostWarnings = 10;

/**
 * `NAME=value`, a variable a line, with or without `export`. A `#` begins a comment at the start of a line and after a blank. A
 * value between quotation marks may hold blanks, `#` and line ends; between double ones a backslash escapes `"`, `\` and `$`,
 * and makes a line end of `n` and a return of `r`. Nothing is expanded. Of a name that appears twice the last value counts.
 *
 * @param text with `\n` as line ends, and without byte order mark
 */
export function parseEnvFile(text: string): EnvFile {
  const variables: Record<string, string> = {};
  const warnings: string[] = [];
  let at = 0;
  let line = 1;

  /** What matches here; undefined: nothing does. */
  const next = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    if (found !== undefined) advance(at + found[0].length);
    return found;
  };
  const advance = (to: number): void => {
    for (; at < to; at++) if (text[at] === '\n') line += 1;
  };
  const warn = (what: string): void => {
    if (warnings.length < mostWarnings) warnings.push(`Line ${line} of .env ${what}.`);
  };

  while (at < text.length) {
    if (next(ignored) !== undefined) continue;
    const name = next(assignment)?.[1];
    if (name === undefined) {
      warn('is not NAME=value and is ignored');
      next(restOfLine);
      continue;
    }
    const found = next(quoted);
    if (found !== undefined) {
      const [, double, single, backtick] = found;
      variables[name] = double === undefined ? (single ?? backtick ?? '') : unescaped(double);
      if (next(ignored) === undefined) {
        warn(
          'has text behind its second quotation mark, which is ignored; write \\" and \\\\ for marks and backslashes in it',
        );
        next(restOfLine);
      }
      continue;
    }
    if (/["'`]/.test(text.charAt(at)))
      warn('has a quotation mark without a second one; its value is used as it stands');
    const rest = next(restOfLine)?.[0] ?? '';
    variables[name] = (rest.split(comment, 1)[0] ?? '').trim();
  }
  return { variables, warnings };
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/gs, (whole, character: string) => escapes[character] ?? whole);
}
