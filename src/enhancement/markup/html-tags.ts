import { webAddress } from './tree.js';

/**
 * Tags that stand in Markdown, taken out by name: a placeholder such as `<hostname>` stays, and so do entities and line ends,
 * which are read by others. A piece may be one tag alone, without the end of its element. A whole message in HTML, with
 * its entities, hidden parts, quotations and signature, is read by `textOfHtml` of the intake.
 */

const elements = new Set(
  `a abbr article aside audio b blockquote body br button caption center cite code col colgroup dd del details dfn div dl dt em
  embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label li link main
  mark meta nav object ol p param picture pre q s samp script section select small source span strike strong style sub summary
  sup svg table tbody td template textarea tfoot th thead title tr tt u ul var video wbr`.split(/\s+/),
);
/** Their content is no text; how it ends. */
const withoutText: ReadonlyMap<string, RegExp> = new Map([
  ['script', /<\/script/gi],
  ['style', /<\/style/gi],
  ['template', /<\/template/gi],
  ['title', /<\/title/gi],
]);
const commentEnd = /-->/g;
/** A reader sees a new line there. */
const breaks = new Set('br p div table h1 h2 h3 h4 h5 h6 hr dt dd pre blockquote summary details'.split(' '));

const tag = /<(\/?)([a-z][a-z0-9]{0,15})(?=[\s/>])[^<>]*>/iy;
const href = /\shref\s{0,3}=\s{0,3}(?:"([^"<>]{0,2000})"|'([^'<>]{0,2000})'|([^\s"'<>]{1,2000}))/i;
const firstNumber = /\bstart=["']?(\d{1,6})/i;

/** Where an `<a>` leads, as it is written; empty: nowhere. */
export function addressOfTag(whole: string): string {
  const [, double, single, bare] = href.exec(whole) ?? [];
  return (double ?? single ?? bare ?? '').trim();
}

/** The text of a piece of HTML, a line for each of its blocks, with the numbers of its lists. Linear. */
export function withoutTags(html: string): string {
  /** Of each open list the number of its next item; undefined: it has none. */
  const lists: (number | undefined)[] = [];
  /** Of the open row of a table; undefined: there is none. */
  let cells: number | undefined;
  /** The mark of an item stands at the end of the text: what follows stays on its line. */
  let isMarked = false;
  /** Of the open link: where it leads, and where its text begins. */
  let link = { address: '', from: 0 };
  let text = '';

  /** What stands in the place of a tag. */
  function mark(element: string, whole: string, isEnd: boolean): string {
    switch (element) {
      case 'ol':
      case 'ul':
        if (isEnd) lists.pop();
        else lists.push(element === 'ol' ? Number(firstNumber.exec(whole)?.[1] ?? 1) : undefined);
        return '\n';
      case 'li': {
        if (isEnd) return '\n';
        const number = lists.pop();
        lists.push(number === undefined ? undefined : number + 1);
        isMarked = true;
        return number === undefined ? '\n- ' : `\n${number}. `;
      }
      case 'tr':
        cells = isEnd ? undefined : 0;
        return '\n';
      case 'td':
      case 'th':
        return !isEnd && cells !== undefined && cells++ > 0 ? ' | ' : '';
      case 'a': {
        const { address, from } = link;
        link = { address: isEnd ? '' : addressOfTag(whole), from: text.length };
        // That of a script is no web address.
        const isShown = isEnd && webAddress(address) !== undefined && text.slice(from).trim() !== address;
        return isShown ? ` (${address})` : '';
      }
      default:
        if (!breaks.has(element) || isMarked) return '';
        return cells === undefined ? '\n' : ' ';
    }
  }

  function add(plain: string): void {
    const isBlank = plain.trim() === '';
    if (isMarked && isBlank) return;
    isMarked &&= isBlank;
    text += cells === undefined ? plain : plain.replace(/\s+/g, ' ');
  }

  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    add(html.slice(at, open === -1 ? html.length : open));
    if (open === -1) return text;
    if (html.startsWith('<!--', open)) {
      at = after(html, commentEnd, open);
      continue;
    }
    tag.lastIndex = open;
    const [whole, closing, name = ''] = tag.exec(html) ?? [];
    const element = name.toLowerCase();
    if (whole === undefined || !elements.has(element)) {
      text += '<';
      at = open + 1;
      continue;
    }
    at = open + whole.length;
    const end = closing === '' ? withoutText.get(element) : undefined;
    if (end !== undefined) at = after(html, end, at);
    else text += mark(element, whole, closing !== '');
  }
  return text;
}

/** Behind the next tag or comment that ends so, or at the end of the text. @param end a global pattern */
function after(html: string, end: RegExp, from: number): number {
  end.lastIndex = from;
  const found = end.exec(html);
  if (found === null) return html.length;
  const closed = html.indexOf('>', found.index);
  return closed === -1 ? html.length : closed + 1;
}
