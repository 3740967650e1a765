import { dialects, type Excerpt } from './excerpt.js';
import { cutBlocks, wordsIn } from './fitting.js';
import { addressOf, type LinkTemplates } from './links.js';
import { writeHtml } from './markup/html.js';
import { readMarkup } from './markup/markdown.js';
import { writePlain } from './markup/plain.js';
import { writeWiki } from './markup/wiki.js';
import { type Block, type Inline, link, list, paragraph, quote, small, strong, text } from './markup/tree.js';
import { filled, type Language, noteWords } from './note-words.js';
import type { ContextSourceName, WrittenMode } from './vocabulary.js';
import { countWords, cutToWords } from './words.js';

/** A note as data, before it is markup: every string in here is text, also that of a model or a requester. */
export interface Note {
  readonly mode: WrittenMode;
  /** Of the note's own words. */
  readonly language: Language;
  /** Tells the finding; never dropped. */
  readonly headline: string;
  /** In order of importance: what does not fit into the word limit is dropped from the end. */
  readonly parts: readonly Part[];
  /** Sentences in small print at the end. */
  readonly remarks: readonly string[];
}

export type Part =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'subheading'; readonly text: string }
  /** One of several things to do in their order, with the sources that bear it out. */
  | { readonly kind: 'step'; readonly number: number; readonly text: string; readonly sources: readonly Excerpt[] }
  | { readonly kind: 'source'; readonly source: Excerpt; readonly isQuoted: boolean };

/** A source that the note names. */
export interface Citation {
  readonly source: ContextSourceName;
  readonly id: string;
  readonly title: string;
  readonly score: number;
}

export interface RenderedNote {
  readonly mode: WrittenMode;
  /** Escaped: holds no markup but ours, and leads nowhere but to web addresses that stand beside their text. */
  readonly html: string;
  /** The same in Jira's wiki text. */
  readonly wiki: string;
  readonly text: string;
  readonly citations: readonly Citation[];
}

export interface NoteFrame {
  readonly correlationId: string;
  /** By which a later run finds the note on the ticket; one word. */
  readonly marker: string;
  readonly maxWords: number;
  /** Default: sources have no links. */
  readonly links?: LinkTemplates | undefined;
}

interface Laid {
  readonly blocks: readonly Block[];
  readonly citations: readonly Excerpt[];
  /** Says nothing without what follows it. */
  readonly leads: boolean;
}

/** Words. A longer title is cut: it is the headline's point, not its text. */
const longestHeadline = 30;

/**
 * Bytes of a note in any markup. Request Tracker shows no more than 25 KiB of a comment, Jira takes 32,767 characters, and Zendesk
 * cuts at 64 KiB, without a word; with its end a note would lose the marker by which it is found.
 */
const longestNote = 24_000;

/** Renders the note within its word limit, and within fewer words where their markup is too long for a desk. */
export function renderNote(note: Note, frame: NoteFrame): RenderedNote {
  const rendered = renderWords(note, frame);
  const bytes = Math.max(...[rendered.html, rendered.wiki].map((markup) => Buffer.byteLength(markup)));
  if (bytes <= longestNote || frame.maxWords <= leastWords) return rendered;
  // Of the words that it has, not of those that it might have: a limit that is far off takes many tries to reach.
  const words = Math.min(frame.maxWords, countWords(rendered.text, frame.maxWords));
  const maxWords = Math.floor(words * Math.min(longestNote / bytes, closestTry));
  return renderNote(note, { ...frame, maxWords: Math.max(maxWords, leastWords) });
}

/** Of headline and reference. */
const leastWords = 50;
/** Of the words of one try, the most that the next one has: markup is not spread evenly over the words. */
const closestTry = 0.95;

/**
 * Within its word limit: headline and reference always, then as many parts as fit, then the remarks for which
 * there is room. The last part that fits in part is cut at a paragraph, item or line, if enough of it remains to be of use.
 */
function renderWords(note: Note, { correlationId, marker, maxWords, links = {} }: NoteFrame): RenderedNote {
  const reference = `Ref ${correlationId} ${marker}`;
  const headline = cutToWords(
    note.headline,
    Math.min(longestHeadline, maxWords - wordsIn([paragraph(text(reference))])),
  );
  const ends = [...note.remarks, reference];
  while (ends.length > 1 && wordsIn(framed(headline, ends)) > maxWords) ends.shift();
  let room = maxWords - wordsIn(framed(headline, ends));
  const laid: Laid[] = [];
  for (const part of note.parts) {
    const whole = layOut(part, note.language, links);
    const blocks = cutBlocks(whole.blocks, room);
    if (blocks === undefined) break;
    laid.push({ ...whole, blocks });
    room -= wordsIn(blocks);
    if (blocks !== whole.blocks) break;
  }
  while (laid.at(-1)?.leads === true) laid.pop();
  const [head, ...rest] = framed(headline, ends);
  const blocks = [...(head ? [head] : []), ...joinedLists(laid.flatMap((one) => one.blocks)), ...rest];
  return {
    mode: note.mode,
    html: writeHtml(blocks),
    wiki: writeWiki(blocks),
    text: writePlain(blocks),
    citations: citationsOf(laid.flatMap(({ citations }) => citations)),
  };
}

function framed(headline: string, ends: readonly string[]): Block[] {
  return [paragraph(strong(text(headline))), paragraph(small(text(ends.join(' '))))];
}

function layOut(part: Part, language: Language, links: LinkTemplates): Laid {
  switch (part.kind) {
    case 'paragraph':
      return { blocks: readMarkup(part.text, 'ticket'), citations: [], leads: false };
    case 'subheading':
      return { blocks: [paragraph(strong(text(part.text)))], citations: [], leads: true };
    case 'step': {
      const content = [part.text, ...part.sources.map(({ id }) => `[${id}]`)].join(' ');
      return { blocks: [list([[paragraph(text(content))]], part.number)], citations: part.sources, leads: false };
    }
    case 'source': {
      const { source, isQuoted } = part;
      const name = paragraph(...nameOf(source, language, links));
      const quoted = isQuoted ? readMarkup(source.quote, dialects[source.source]) : [];
      return { blocks: quoted.length === 0 ? [name] : [name, quote(...quoted)], citations: [source], leads: false };
    }
  }
}

/** **Title** (article vpn, section “Fix”, likely) */
function nameOf(excerpt: Excerpt, language: Language, links: LinkTemplates): Inline[] {
  const { source, id, title, detail, section, resolvedOn, status, owner } = excerpt;
  const words = noteWords[language];
  const { open, close, comma } = words.marks;
  const isSystem = source === 'inventory';
  const facts = [
    isSystem ? words.kind[source] : `${words.kind[source]} ${id}`,
    ...(section === undefined ? [] : [filled(words.section, { heading: section })]),
    ...(resolvedOn === undefined ? [] : [resolvedOn]),
    ...(detail === '' ? [] : [detail]),
    ...(status === undefined ? [] : [filled(words.status, { value: status })]),
    ...(owner === undefined ? [] : [filled(words.owner, { value: owner })]),
    ...(isSystem ? [] : [words[excerpt.confidence]]),
  ];
  return [...link(addressOf(excerpt, links), strong(text(title))), text(`${open}${facts.join(comma)}${close}`)];
}

/** Steps are parts of their own, so that one alone can be dropped; a reader sees one list. */
function joinedLists(blocks: readonly Block[]): Block[] {
  const joined: Block[] = [];
  for (const block of blocks) {
    const before = joined.at(-1);
    const continues =
      block.kind === 'list' &&
      before?.kind === 'list' &&
      before.start !== undefined &&
      block.start === before.start + before.items.length;
    if (continues) joined[joined.length - 1] = list([...before.items, ...block.items], before.start);
    else joined.push(block);
  }
  return joined;
}

function citationsOf(excerpts: readonly Excerpt[]): Citation[] {
  const citations = new Map<string, Citation>();
  for (const { source, id, title, score } of excerpts) {
    citations.set(`${source} ${id}`, { source, id, title, score });
  }
  return [...citations.values()];
}
