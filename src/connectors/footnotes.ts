/**
 * Puts footnotes, as GitHub, MkDocs, Docusaurus and Obsidian have them, in parentheses where they belong: a note that quotes a part of
 * an article would lack them, and they tell when a step must not be taken.
 */

const fence = /^\s{0,60}(`{3,}|~{3,})/;
const definition = /^ {0,3}\[\^([^\]\s^]{1,60})\]:[ \t]{0,8}(\S[^\n]{0,2000})?$/;
const indented = /^(?: {2,}|\t)\s{0,60}(\S[^\n]{0,2000})$/;
const reference = /[ \t]?\[\^([^\]\s^]{1,60})\](?!:)/g;
const inlineCode = /(`[^`\n]{1,1000}`)/;

/** Footnotes within each other. */
const deepest = 16;

/** Code is kept as it is. Of several references the first one has the footnote. Linear. */
export function withFootnotes(markdown: string): string {
  if (!markdown.includes('[^')) return markdown;
  const { kept, footnotes } = takeDefinitions(markdown.split('\n'));
  if (footnotes.size === 0) return markdown;
  const used = new Set<string>();
  const fill = (text: string, depth: number): string =>
    text.replaceAll(reference, (whole: string, label: string) => {
      const footnote = footnotes.get(label);
      if (footnote === undefined || depth === deepest) return whole;
      if (used.has(label)) return '';
      used.add(label);
      return ` (${fill(footnote, depth + 1)})`;
    });
  /** In a table a bar of a footnote would begin a cell. */
  const fillCells = (row: string): string =>
    row
      .split('|')
      .map((cell) => fill(cell, 0).replaceAll(/(?<!\\)\|/g, '\\|'))
      .join('|');
  return kept
    .map(({ line, isCode }) => {
      if (isCode || !line.includes('[^')) return line;
      const parts = line.split(inlineCode);
      return parts.map((part, i) => (i % 2 === 1 ? part : fillCells(part))).join('');
    })
    .join('\n');
}

interface Line {
  readonly line: string;
  readonly isCode: boolean;
}

/** A footnote ends at the next blank line. */
function takeDefinitions(lines: readonly string[]): { kept: Line[]; footnotes: Map<string, string> } {
  const kept: Line[] = [];
  const footnotes = new Map<string, string[]>();
  let open: string | undefined;
  let pieces: string[] | undefined;
  for (const line of lines) {
    const mark = fence.exec(line)?.[1];
    const isCode = open !== undefined || mark !== undefined;
    if (mark !== undefined) {
      if (open === undefined) open = mark;
      else if (mark.startsWith(open) && line.trim() === mark) open = undefined;
    }
    const [, begun, first = ''] = (isCode ? null : definition.exec(line)) ?? [];
    const [, more] = (pieces === undefined || isCode ? null : indented.exec(line)) ?? [];
    if (begun !== undefined) {
      pieces = [first];
      footnotes.set(begun, pieces);
    } else if (pieces !== undefined && more !== undefined) {
      pieces.push(more);
    } else {
      pieces = undefined;
      kept.push({ line, isCode });
    }
  }
  const texts = [...footnotes].map(([label, parts]) => [label, withoutEnd(parts.join(' '))] as const);
  return { kept, footnotes: new Map(texts.filter(([, text]) => text !== '')) };
}

/** The sentence around the reference has an end of its own. */
function withoutEnd(text: string): string {
  return text.trim().replace(/[.。]$/, '');
}
