import {
  admonitionIndent,
  containerEnd,
  indentOf,
  listItem,
  type Place,
  plainLine,
  tabStop,
} from './site-syntax-blocks.js';

/**
 * Turns the extensions of site generators and note programs into plain Markdown, as readers of their pages see them. Sources:
 * the documentation of Docusaurus, MkDocs (Python-Markdown's admonitions, Material's tabs), VitePress, MyST, Obsidian, GitHub's
 * alerts, Hugo's shortcodes, Jekyll's and GitBook's tags, kramdown's attributes, MDX. What may be
 * text of the article is kept as it is: a mark too much is read over, a missing line is not.
 */

const fence = /^\s{0,60}(?:>\s{0,3}){0,5}(`{3,}|~{3,})/;
/** The content of these is code, and of `raw` text in which tags are shown. */
const verbatim =
  /^\s{0,60}\{(?:%-?|\{[<%])\s{0,3}(highlight|codeblock|raw)(?:\s{1,3}([\w+-]{0,40})[^\n]{0,100})?[%>]\}{1,2}\s*$/;
const endVerbatim = /^\s{0,60}\{(?:%-?|\{[<%])\s{0,3}(?:end|\/)(?:highlight|codeblock|raw)\s{0,3}-?[%>]\}{1,2}\s*$/;

/** The article without the extensions. Code is kept as it is. Linear. */
export function withoutSiteSyntax(markdown: string): string {
  const lines = markdown.split('\n');
  const written: string[] = [];
  const contents = contentsBelow(lines);
  const lastContainerEnd = lines.findLastIndex((line) => containerEnd.test(line));
  const closed = new Set([...markdown.matchAll(/<\/([A-Z][\w.]{0,60})>/g)].map(([, name = '']) => name));
  const place: Place = {
    admonitions: [],
    closed,
    shown: new Set(),
    given: '',
    after: '',
    content: '',
    isInContainer: false,
  };
  const code = createIndentedCode();
  let open: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    const given = lines[i] ?? '';
    const line = outdented(given, place.admonitions, open !== undefined);
    const mark = fence.exec(line)?.[1];
    const [, tag, language = ''] = verbatim.exec(line) ?? [];
    if (open !== undefined) {
      if (endVerbatim.test(line)) {
        written.push(open);
        open = undefined;
      } else {
        written.push(line);
        if (open !== '' && mark?.startsWith(open) === true && line.trim().endsWith(mark)) open = undefined;
      }
      code.passed(line);
    } else if (mark !== undefined) {
      open = mark;
      written.push(line);
      code.passed(line);
    } else if (code.holds(line)) {
      written.push(line);
    } else if (tag !== undefined) {
      open = tag === 'raw' ? '' : '```';
      written.push(open === '' ? '' : `${open}${language}`);
    } else {
      const end = commentEnd(lines, i);
      if (end > i) {
        i = end;
        written.push('');
        continue;
      }
      Object.assign(place, { given, after: lines[i + 1] ?? '', content: contents[i] });
      place.isInContainer = i < lastContainerEnd;
      written.push(...plainLine(line, place));
    }
  }
  return written.join('\n');
}

/** For each line the next one with text. */
function contentsBelow(lines: readonly string[]): string[] {
  const contents: string[] = [];
  let next = '';
  for (let i = lines.length - 1; i >= 0; i--) {
    contents[i] = next;
    const line = lines[i] ?? '';
    if (line.trim() !== '') next = line;
  }
  return contents;
}

/** Lines of a comment. */
const longestComment = 50;

/** The last line of a comment that begins in this line and ends in a later one, else the line itself. */
function commentEnd(lines: readonly string[], start: number): number {
  const first = (lines[start] ?? '').trim();
  const isEnd = first === '%%' ? /^\s{0,60}%%\s*$/ : /\*\/\}\s*$/;
  if (first !== '%%' && (!first.startsWith('{/*') || first.includes('*/}'))) return start;
  let isCode = false;
  for (let i = start + 1; i < Math.min(lines.length, start + longestComment); i++) {
    const line = lines[i] ?? '';
    if (fence.test(line)) isCode = !isCode;
    else if (!isCode && isEnd.test(line)) return i;
  }
  return start;
}

/** Finds code that has no mark but its four blanks, also within the items of lists. */
function createIndentedCode() {
  /** Where the text of each open item begins. */
  const items: number[] = [];
  let mayBegin = true;
  return {
    holds(line: string): boolean {
      if (line.trim() === '') {
        mayBegin = true;
        return false;
      }
      const indent = indentOf(line);
      const [, item] = listItem.exec(line) ?? [];
      if (mayBegin || item !== undefined) while (items.length > 0 && indent < (items.at(-1) ?? 0)) items.pop();
      if (mayBegin && indent >= (items.at(-1) ?? 0) + tabStop) return true;
      if (item !== undefined) items.push(indentOf(item.replaceAll(/\S/g, ' ')));
      mayBegin = /^\s{0,3}#{1,6}\s/.test(line);
      return false;
    },
    passed(line: string): void {
      mayBegin = line.trim() === '' || fence.test(line);
    },
  };
}

function outdented(given: string, admonitions: number[], isCode: boolean): string {
  if (admonitions.length === 0 || given.trim() === '') return given;
  const line = given.replace(/^\t+/, (tabs) => ' '.repeat(tabs.length * admonitionIndent));
  const indent = line.length - line.trimStart().length;
  while (!isCode && admonitions.length > 0 && indent < (admonitions.at(-1) ?? 0) + admonitionIndent) admonitions.pop();
  const most = admonitions.length === 0 ? 0 : admonitionIndent * admonitions.length;
  return line.slice(Math.min(indent, most));
}
