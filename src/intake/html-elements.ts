/** How HTML elements divide a text into lines. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const inline =
  words(`a abbr b big cite code del dfn em font i ins kbd label mark q s samp small span strike strong sub sup
  tt u var`);

/** These begin a new line. */
const blocks =
  words(`address article aside body caption center dd div dt figcaption footer form header html legend li main
  nav section summary tr`);

/** These have a blank line before and after them. */
const paragraphs = words('blockquote dl figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul');

/** Their content is not text. */
export const elementsWithoutText: ReadonlySet<string> = new Set(
  words('audio canvas iframe noscript object script style svg template title video xml'),
);

/** Of these, the ones that are skipped only up to an end tag: a text may mention one, and some programs write none. */
export const embeddingElements: ReadonlySet<string> = new Set(words('audio canvas iframe video'));

/** Void elements: no content and no end tag. */
export const emptyElements: ReadonlySet<string> = new Set(words('base br col hr img input link meta wbr'));

const others = words(
  `button colgroup details fieldset head map option optgroup picture select source tbody td textarea tfoot th thead`,
);

/** Line ends before and after an element: 1 ends the line, 2 leaves a blank line. */
export const lineEndsAround: ReadonlyMap<string, 1 | 2> = new Map([
  ...blocks.map((name) => [name, 1] as const),
  ...paragraphs.map((name) => [name, 2] as const),
]);

const known = new Set([...inline, ...blocks, ...paragraphs, ...elementsWithoutText, ...emptyElements, ...others]);

/** Office has elements of its own, such as `o:p` and `v:shape`. `<kim@example.com>` is not an element. */
export function isElement(name: string): boolean {
  return known.has(name) || /^[a-z\d]{1,8}:[a-z\d]+$/.test(name);
}

/** The attributes that decide whether and how the text of an element is read. */
export const readAttributes: ReadonlySet<string> = new Set(['class', 'hidden', 'id', 'start', 'style', 'type']);
export type Attributes = ReadonlyMap<string, string>;

const hiddenStyle =
  /(?:display|mso-hide|visibility) ?: ?(?:none|all|hidden)|(?:^|;) ?(?:font-size|max-height) ?: ?0(?:px|pt|em|%)? ?(?:;|$|!)/i;
const keptWhiteSpace = /(?:^|;) ?white-space ?: ?(?:pre|break-spaces)/i;
const signatureName = /(?:^|[ _-])signature(?: |$)/i;
const quotationName =
  /(?:^|[ _])(?:gmail_quote|yahoo_quoted|protonmail_quote|mail-editor-reference-message-container)/i;

/** What its attributes make of an element's content; `preformatted`: its white space is shown. */
export type Role = 'hidden' | 'signature' | 'quotation' | 'preformatted';

export function roleOf(name: string, attributes: Attributes): Role | undefined {
  if (attributes.size === 0) return undefined;
  if (attributes.has('hidden') || hiddenStyle.test(attributes.get('style') ?? '')) return 'hidden';
  const named = `${attributes.get('id') ?? ''} ${attributes.get('class') ?? ''}`;
  if (signatureName.test(named)) return 'signature';
  const isCitation = name === 'blockquote' && attributes.get('type')?.toLowerCase() === 'cite';
  if (isCitation || quotationName.test(named)) return 'quotation';
  return keptWhiteSpace.test(attributes.get('style') ?? '') ? 'preformatted' : undefined;
}
