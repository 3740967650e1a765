import { inlinePlain, writePlain } from './markup/plain.js';
import { type Block, list, paragraph, quote, text } from './markup/tree.js';
import { countWords, cutToWords } from './words.js';

/** Making blocks fit into a number of words. */

/** Stands behind what was cut. */
const gap = paragraph(text('…'));
/** The fewest words of a cut paragraph that are worth showing. */
const leastWords = 8;

/**
 * As a reader of the plain text counts them: the marks before items and quotes are words too.
 *
 * @param most counting ends where there are more. Default: all are counted
 */
export function wordsIn(blocks: readonly Block[], most?: number): number {
  return countWords(writePlain(blocks), most);
}

/**
 * The blocks, if they have at most `room` words: the same array. Else the first of them, the last one cut at an item, row or line,
 * or a paragraph at a word. Undefined if too little would remain.
 */
export function cutBlocks(blocks: readonly Block[], room: number): readonly Block[] | undefined {
  if (wordsIn(blocks, room) <= room) return blocks;
  const kept: Block[] = [];
  let left = room - 1; // for the mark that something was cut
  for (const block of blocks) {
    const words = wordsIn([block], left);
    if (words > left) {
      const cut = cutBlock(block, left);
      // A source's name without anything of its quote is no finding.
      if (cut === undefined && (kept.length === 0 || block.kind === 'quote')) return undefined;
      return [...kept, cut ?? gap];
    }
    kept.push(block);
    left -= words;
  }
  return kept;
}

function cutBlock(block: Block, room: number): Block | undefined {
  switch (block.kind) {
    case 'paragraph':
    case 'heading': {
      if (room < leastWords) return undefined;
      return { kind: block.kind, children: [text(cutToWords(inlinePlain(block.children), room))] };
    }
    case 'quote':
      return cutQuote(block.children, room);
    case 'list': {
      const items = leading(block.items, (some) => wordsIn([list(some, block.start)], room) <= room - 2);
      return items.length === 0 ? undefined : list([...items, [gap]], block.start);
    }
    case 'code': {
      const lines = leading(block.text.split('\n'), (some) => countWords(some.join('\n'), room) <= room - 1);
      return lines.length === 0 ? undefined : { kind: 'code', text: `${lines.join('\n')}\n…` };
    }
    case 'table': {
      const rows = leading(block.rows, (some) => wordsIn([{ ...block, rows: some }], room) <= room - 1);
      return rows.length === 0 ? undefined : { ...block, rows: [...rows, [[text('…')]]] };
    }
  }
}

/** Each line of a quote begins with a mark, and how many lines fit is known when they are cut. */
function cutQuote(children: readonly Block[], room: number): Block | undefined {
  for (let inside = room; inside > 0; ) {
    const cut = cutBlocks(children, inside);
    if (cut === undefined) return undefined;
    const excess = wordsIn([quote(...cut)]) - room;
    if (excess <= 0) return quote(...cut);
    inside -= excess;
  }
  return undefined;
}

/** The longest beginning that fits, found by halving. */
function leading<T>(all: readonly T[], fits: (some: readonly T[]) => boolean): readonly T[] {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(all.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  return all.slice(0, low);
}
