import { countWords, termsOf } from './tokenization.js';

/** Stands where paragraphs were left out. */
const gap = '…';

/**
 * The paragraphs of a text that say most about what `weights` holds, in their order and with their line breaks: lists, steps
 * and code stay as they are. At least one, cut at a line if it is too long.
 */
export function bestParagraphs(text: string, weights: ReadonlyMap<string, number>, maxWords: number): string {
  const paragraphs = paragraphsOf(text);
  const ranked = paragraphs
    .map((paragraph, index) => ({ index, words: countWords(paragraph), gain: gainOf(paragraph, weights) }))
    // An earlier one of two that say as much: procedures begin there.
    .sort((a, b) => b.gain - a.gain || a.index - b.index);
  const chosen = new Set<number>();
  let left = maxWords;
  for (const { index, words } of ranked) {
    if (words > left && chosen.size > 0) continue;
    chosen.add(index);
    left -= words;
  }
  const parts: string[] = [];
  paragraphs.forEach((paragraph, index) => {
    if (chosen.has(index)) parts.push(left < 0 ? linesWithin(paragraph, maxWords) : paragraph);
    else if (parts.at(-1) !== gap) parts.push(gap);
  });
  return parts.join('\n\n');
}

const listMark = /^[ \t]{0,8}(?:[-*+•]|\d{1,3}[.)]) /;

/** A list belongs to the sentence that introduces it, and indented text to its item, also behind a blank line. */
function paragraphsOf(text: string): string[] {
  const paragraphs: string[] = [];
  for (const part of text.split(/\n[^\S\n]*\n/)) {
    const paragraph = part.replace(/^\n+/, '').trimEnd();
    if (paragraph === '') continue;
    const before = paragraphs.at(-1) ?? '';
    const lastLine = before.slice(before.lastIndexOf('\n') + 1);
    const inList = listMark.test(lastLine) || /^[ \t]{2}/.test(lastLine);
    const continues = listMark.test(paragraph)
      ? inList || lastLine.endsWith(':')
      : inList && /^[ \t]{2}/.test(paragraph);
    if (continues) paragraphs[paragraphs.length - 1] = `${before}\n${paragraph}`;
    else paragraphs.push(paragraph);
  }
  return paragraphs;
}

function gainOf(paragraph: string, weights: ReadonlyMap<string, number>): number {
  let gain = 0;
  for (const term of new Set(termsOf(paragraph))) gain += weights.get(term) ?? 0;
  return gain;
}

function linesWithin(paragraph: string, maxWords: number): string {
  const lines: string[] = [];
  let left = maxWords;
  for (const line of paragraph.split('\n')) {
    left -= countWords(line);
    if (left < 0 && lines.length > 0) break;
    lines.push(line);
  }
  const [first = ''] = lines;
  return countWords(first) > maxWords ? cutLine(first, maxWords) : `${lines.join('\n')}\n${gap}`;
}

function cutLine(line: string, maxWords: number): string {
  return `${line.split(' ').slice(0, maxWords).join(' ')} ${gap}`;
}
