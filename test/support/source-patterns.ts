import { parseSync } from '@swc/core';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';

/** A regular expression of the source code. */
export interface SourcePattern {
  readonly file: string;
  /** Undefined: it is made from what comes at run time. */
  readonly pattern: RegExp | undefined;
  readonly written: string;
}

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Every literal, and every `RegExp(…)` with its constant parts, in the files of a folder, found by a parser. */
export function patternsIn(folder: string): SourcePattern[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js|mjs)$/.test(name))
    .sort()
    .flatMap((name) => {
      const file = join(folder, name);
      // A program's span begins with its first token: with this one, not behind a comment.
      return patternsOf(file, Buffer.from(`;${readFileSync(file, 'utf8').replace(/^#!.*/, '')}`));
    });
}

function patternsOf(file: string, bytes: Buffer): SourcePattern[] {
  const typed = file.endsWith('.ts');
  const program = parseSync(bytes.toString('utf8'), { syntax: typed ? 'typescript' : 'ecmascript', target: 'es2024' });
  const found: SourcePattern[] = [];
  const text = ({ start, end }: { start: number; end: number }): string =>
    // Spans are byte offsets, and count on from one parse to the next.
    bytes.subarray(start - program.span.start, end - program.span.start).toString('utf8');
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    if (!isNode(value) || Array.isArray(value)) return;
    if (value['type'] === 'RegExpLiteral') {
      const written = `/${String(value['pattern'])}/${String(value['flags'])}`;
      found.push({ file, written, pattern: new RegExp(String(value['pattern']), String(value['flags'])) });
    }
    const { callee } = value;
    if (isNode(callee) && callee['value'] === 'RegExp') {
      const written = text(value['span'] as { start: number; end: number });
      found.push({ file, written, pattern: evaluated(written) });
    }
    Object.values(value).forEach(walk);
  };
  walk(program);
  return found;
}

/** With a letter in the place of what a template takes from elsewhere. Nothing but such parts: undefined. */
function evaluated(written: string): RegExp | undefined {
  const names: Record<string, string> = {};
  for (let tries = 0; tries < 10; tries++) {
    try {
      const made = runInNewContext(written, names) as RegExp;
      return made.source === 'x' ? undefined : new RegExp(made.source, made.flags);
    } catch (error) {
      // An error of the other context is no instance of this one's Error.
      const [, name] = /(\w+) is not defined$/.exec(String(error)) ?? [];
      if (name === undefined) return undefined;
      names[name] = 'x';
    }
  }
  return undefined;
}
