/**
 * Tags that stand in Markdown, taken out by name: a placeholder such as `<hostname>` stays, and so do entities and line ends,
 * which Markdown itself reads. A piece may be one tag alone, without the end of its element. A whole message in HTML, with
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
const breaks = new Set(
  'br p div li ul ol tr table h1 h2 h3 h4 h5 h6 hr dt dd pre blockquote summary details'.split(' '),
);

const tag = /<(\/?)([a-z][a-z0-9]{0,15})(?=[\s/>])[^<>]*>/iy;

/** The text of a piece of HTML, a line for each of its blocks. Linear. */
export function withoutTags(html: string): string {
  let text = '';
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) return text + html.slice(at);
    text += html.slice(at, open);
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
    else if (breaks.has(element)) text += '\n';
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
