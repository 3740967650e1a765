import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNativeError } from 'node:util/types';
import { type Document, isCollection, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import { readTextFileSync, TextFileError } from '../config/text-file.js';
import { type Problem, parseInWords } from '../config/wording.js';
import { messageOf } from '../logging/describe-error.js';
import { type TenantsDocument, tenantsFileSchema } from './document.js';
import { lineOf, nameOf } from './place.js';
import { TenantsError } from './tenants-error.js';

/** 10,000 tenants take about 8 MiB. */
const largestTenantsFileBytes = 32 * 1024 * 1024;

const demoFile = fileURLToPath(new URL('../../demo/tenants.yaml', import.meta.url));

/** @param file path of the tenants file; undefined: the built-in demo tenants */
export function readTenantsDocument(file: string | undefined): TenantsDocument {
  const path = file ?? demoFile;
  let text: string;
  try {
    text = readTextFileSync(path, largestTenantsFileBytes);
  } catch (error) {
    throw new TenantsError(path, [unreadable(error)], { cause: error });
  }
  return parseTenantsDocument(text, path);
}

function unreadable(error: unknown): string {
  if (error instanceof TextFileError) {
    return error.reason === 'folder' ? 'This is a folder. Name the file in it.' : `The file ${error.message}.`;
  }
  switch (isNativeError(error) && 'code' in error && error.code) {
    case 'ENOENT':
      return 'There is no such file. Correct the path, which the service takes from TENANTS_FILE.';
    case 'EACCES':
      return 'The file may not be read by this user. Change its owner or its permissions.';
    default:
      return `The file cannot be read (${messageOf(error)}).`;
  }
}

/** YAML, of which JSON is a subset. */
export function parseTenantsDocument(text: string, path: string): TenantsDocument {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: true });
  if (yaml.errors.length > 0) {
    throw new TenantsError(
      path,
      yaml.errors.map((error) => syntaxProblem(error, lines)),
    );
  }
  const parsed = parseInWords(tenantsFileSchema, toPlain(yaml, lines, path));
  if ('problems' in parsed && isAnotherFile(parsed.problems)) {
    throw new TenantsError(path, ['This is not a tenants file: it has no list `tenants`. Name another file.']);
  }
  const problems = [...('problems' in parsed ? parsed.problems : []), ...repeatedIds(yaml)];
  if ('data' in parsed && problems.length === 0) return { ...parsed.data, baseFolder: dirname(resolve(path)) };
  const placed = problems.map((problem) => ({ ...problem, line: lineOf(yaml, lines, problem.path) }));
  const sentences = placed
    .sort((a, b) => a.line - b.line)
    .map(
      ({ line, path, message }) => `Line ${line}${nameOf(yaml, path)} ${message}${message.endsWith('?') ? '' : '.'}`,
    );
  throw new TenantsError(path, sentences);
}

/** Few unknown keys beside a missing list are mistakes; many mean that it is another file, whose keys are not listed. */
const slipsAtMost = 3;

function isAnotherFile(problems: readonly Problem[]): boolean {
  const isMissing = problems.some(({ path, message }) => path.join('.') === 'tenants' && message === 'is missing');
  return isMissing && problems.length > 1 + slipsAtMost;
}

/** The YAML parser's own message, except where it is meant for programs, and without what it quotes: that may be a secret. */
function syntaxProblem({ code, message, pos }: YAMLError, lines: LineCounter): string {
  const what =
    code === 'MULTIPLE_DOCS'
      ? 'A second document begins; put all tenants into one list and take out the "---"'
      : message.split(/ at line \d|\n|(?<=\w): /)[0];
  return `Line ${lines.linePos(pos[0]).line} is not valid YAML: ${what}.`;
}

/** As in compose files, keys that begin with `x-` hold what `<<` merges into tenants. */
function withoutExtensions(plain: unknown): unknown {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return plain;
  return Object.fromEntries(Object.entries(plain).filter(([key]) => !key.startsWith('x-')));
}

function toPlain(yaml: Document, lines: LineCounter, path: string): unknown {
  try {
    return withoutExtensions(yaml.toJS());
  } catch (error) {
    const at = unresolvedAlias(yaml);
    const problem =
      at === undefined
        ? `The file cannot be read (${messageOf(error)}).` // aliases that expand beyond the parser's bound
        : `Line ${lines.linePos(at).line} has an alias (*) without an anchor (&) of that name above it. Put a text that begins with * between quotation marks.`;
    throw new TenantsError(path, [problem], { cause: error });
  }
}

/** @returns where the first one begins; the parser's error names it, and not its place */
function unresolvedAlias(yaml: Document): number | undefined {
  const anchors = new Set<string>();
  let at: number | undefined;
  visit(yaml, {
    Alias(_, { source, range }) {
      if (anchors.has(source)) return undefined;
      at = range?.[0];
      return visit.BREAK;
    },
    Value(_, { anchor }) {
      if (anchor !== undefined) anchors.add(anchor);
    },
  });
  return at;
}

function repeatedIds(yaml: Document): Problem[] {
  const tenants = yaml.get('tenants');
  const ids = isCollection(tenants) ? tenants.items.map((_, index) => yaml.getIn(['tenants', index, 'id'])) : [];
  return ids.flatMap((id, index) => {
    if (typeof id !== 'string' || ids.indexOf(id) === index) return [];
    return [{ path: ['tenants', index, 'id'], message: 'is that of another tenant above; give each its own' }];
  });
}
