import { inlinePlainOf, isTemplate, shownArguments } from './site-syntax-inline.js';

/** The extensions of site generators that take a whole line: admonitions, tabs, containers, tags and components. */

/** Kinds of admonitions that change how a text is to be read. Others have their title alone. */
const labels =
  /^(note|tip|hint|info|important|warning|caution|danger|error|bug|example|attention|success|question|failure)$/i;

/** What stands above the content of an admonition or a tab: `**Warning: Save your work**`. */
function headOf(kind: string, title: string): string {
  const [label] = labels.exec(kind) ?? [];
  const named = label === undefined ? '' : `${label.charAt(0).toUpperCase()}${label.slice(1).toLowerCase()}`;
  const words = title.replaceAll('*', '').trim();
  const head =
    words.toLowerCase() === named.toLowerCase() ? named : [named, words].filter((one) => one !== '').join(': ');
  return head === '' ? '' : `**${head}**`;
}

/** `!!! warning "Title"`, `??? note`, `=== "Tab"`: what follows indented is the content. */
const indentedAdmonition =
  /^(\s{0,60})(?:(?:!!!|\?\?\?\+?) {1,3}([^\s"!?.,:;]{1,40})(?: {1,3}(?:inline|end)){0,2}(?: {1,3}[a-z-]{1,40}(?= {1,3}[a-z"])){0,3}(?: {1,3}"([^"\n]{0,200})")?|===[!+]? {1,3}"([^"\n]{1,200})")\s*$/;
/** `:::warning[Title]`, `::: tip Title`, `:::{note} Title`; a line of colons alone is the end. */
const container = /^\s{0,60}:{3,9}(?!:)([^\n]{0,500})$/;
const containerKind = /^(?:([a-z][a-z\d_-]{0,39})|\{([\w-]{1,40})\})(?![^\s[{])/;
const bracketed = /^\[([^\]\n]{0,200})\](?=$|\s{0,3}\{)/;
const attributesAtEnd = /\{[^{}\n]{0,200}\}$|(?<!\S)[\w-]{1,40}=["'][^\n]{0,300}$/g;
const containers =
  /^(?:admonition|card|collapse|details|dropdown|expand(?:er)?|grid(?:-item(?:-card)?)?|spoiler|tab(?:s|-set|-item)?|code-group|callout)$/;
export const containerEnd = /^\s{0,60}:{3,}\s*$/;
/** `> [!WARNING] Title`, with Obsidian's mark of an admonition that can be closed. */
const alert = /^(\s{0,60}(?:>\s{0,3}){1,5})\[!([\w-]{1,40})[^\]\n]{0,40}\][-+]?\s{0,3}(.{0,200})$/;

/** A tag of a template language or a component of MDX, alone on its line, without the blanks around it. */
const tagLine =
  /^(?:\{\{[<%](?<hugo>[^\n{}]{1,500})[%>]\}\}|\{%-?(?<liquid>[^\n{}%]{1,500})%\}|<(?<jsx>\/?[A-Z][\w.]{0,60}(?:\s[^<>\n]{0,500})?)>)$/;
const titleOf = /\b(?:title|label|heading|header|name)\s*=\s*\{?["']([^"'\n]{1,200})["']/;
const kindOf = /\b(?:type|style|color|variant)\s*=\s*\{?["']([\w-]{1,40})["']/;

/** Lines that show nothing: imports of MDX, tables of contents, included files, attributes, abbreviations. */
const silentLines = [
  /^import\s(?:[\w$*{},\s]{1,200}\sfrom\s)?['"][^'"\n]{1,200}['"];?$/,
  /^export (?:const|default|function)\s[^\n]{0,500}[;}]$/,
  /^\s{0,60}(?:\[\[?_?TOC_?\]?\]|\{:toc\})$/,
  /^\s{0,60}\{:\s{0,3}(?:[.#]|[\w-]{1,40}=["'])[^{}\n]{0,200}\}$/,
  /^\s{0,60}--8<--\s["[]/,
  /^\s{0,60}\[!INCLUDE\s{0,3}\[/,
  /^\s{0,60}\*\[[^\]\n]{1,60}\]:/,
];

export const listItem = /^(\s{0,60}(?:[-*+]|\d{1,9}[.)])\s{1,4})/;

/** What is known at a line of what stands around it. */
export interface Place {
  /** Indentations of the open admonitions, each of which is removed from its content. */
  readonly admonitions: number[];
  /** Names of the components that end somewhere in the article. */
  readonly closed: ReadonlySet<string>;
  /** Names in angle brackets that are no components: `<Directory /srv>`. */
  readonly shown: Set<string>;
  /** As written, with all its blanks. */
  given: string;
  /** The next one; empty: a blank line or the end. */
  after: string;
  /** The next one with text. */
  content: string;
  /** Whether a container ends further below. */
  isInContainer: boolean;
}

export const tabStop = 4;

export function indentOf(line: string): number {
  const wide = /^[ \t]{0,200}/.exec(line)?.[0] ?? '';
  return wide.replaceAll('\t', ' '.repeat(tabStop)).length;
}

/** The depth of indentation of an admonition's content beyond the admonition: four blanks or a tab. */
export const admonitionIndent = 4;

/** The lines in place of one outside code. */
export function plainLine(line: string, place: Place): string[] {
  const { admonitions } = place;
  const [, indent, kind = '', quotedTitle, tab] = indentedAdmonition.exec(line) ?? [];
  const title = quotedTitle ?? tab ?? '';
  if (indent !== undefined && indentOf(place.content) >= indentOf(place.given) + admonitionIndent) {
    const outer = admonitions.length === 0 ? 0 : (admonitions.at(-1) ?? 0) + admonitionIndent;
    admonitions.push(outer + indent.length);
    // Python-Markdown shows the kind if there is no title.
    const head = title === '' && !labels.test(kind) ? kind : headOf(kind, title);
    return ['', `${indent}${head}`, ''];
  }
  const [, behindColons] = container.exec(line) ?? [];
  if (behindColons !== undefined) return containerHead(behindColons.trim(), place.isInContainer) ?? [line];
  const [, quoted, alertKind = '', alertTitle = ''] = alert.exec(line) ?? [];
  if (quoted !== undefined && !alertTitle.startsWith('(')) {
    return [`${quoted}${headOf(alertKind, alertTitle) || alertKind}`, quoted];
  }
  const shownPart = line.trimEnd();
  if (silentLines.some((silent) => silent.test(shownPart))) return [''];
  const tag = tagLine.exec(line.trim())?.groups;
  if (tag !== undefined) return tagHead(tag, place) ?? [line];
  const endsBlock = place.after.trim() === '' || listItem.test(place.after);
  return [inlinePlainOf(line, endsBlock)];
}

function block(head: string): string[] {
  return head === '' ? [''] : ['', head, ''];
}

/** Undefined: it may be text behind colons. */
function containerHead(behindColons: string, hasEnd: boolean): string[] | undefined {
  const [written = '', plain = '', braced] = containerKind.exec(behindColons) ?? [];
  const kind = braced ?? plain;
  const rest = behindColons.slice(written.length).trim();
  const [, label] = bracketed.exec(rest) ?? [];
  if (label !== undefined) return block(headOf(kind, label));
  const words = rest.replace(attributesAtEnd, '').trim();
  if (/[={]/.test(words)) return undefined;
  const title = titleOf.exec(rest)?.[1] ?? words;
  if (plain === '' || labels.test(kind) || containers.test(kind)) return block(headOf(kind, title));
  if (title === '') return hasEnd ? [''] : undefined;
  return block(headOf('', `${kind} ${title}`));
}

/** Undefined: it may be a placeholder, such as `<HOSTNAME>` or `<Enter>`, or a part of a template. */
function tagHead({ hugo, liquid, jsx }: Record<string, string>, place: Place): string[] | undefined {
  if (jsx !== undefined && !isComponent(jsx, place)) return undefined;
  if (liquid !== undefined && isTemplate(liquid)) return undefined;
  const tag = (hugo ?? liquid ?? jsx ?? '').trim();
  const [name = '', word = ''] = tag.split(/\s+/);
  const known = [name, word.replaceAll('"', '')].find((one) => labels.test(one));
  const kind = kindOf.exec(tag)?.[1] ?? known ?? '';
  const quoted = hugo === undefined ? '' : shownArguments(hugo);
  const title = titleOf.exec(tag)?.[1] ?? quoted.replace(/^(\S+)(?:\s|$)/, (_, one: string) => (one === kind ? '' : _));
  return block(/^\/|^end/.test(name) ? '' : headOf(kind, title));
}

/** A tag with attributes or an end, or of a known kind: Apache's `<VirtualHost *:443>` and `<Enter>` are text. */
function isComponent(jsx: string, { closed, shown }: Place): boolean {
  const name = /^\/?([\w.]{1,61})/.exec(jsx)?.[1] ?? '';
  const isUpperCase = /^[A-Z][A-Z\d_.]*$/.test(name);
  const isEnd = jsx.startsWith('/');
  const hasAttributes = /\s[\w:-]{1,40}=["'{]|\s\{/.test(jsx);
  const isBare = jsx.trim() === name;
  const is = isEnd
    ? !shown.has(name)
    : hasAttributes || (!isUpperCase && (jsx.endsWith('/') || labels.test(name) || (isBare && closed.has(name))));
  if (!is) shown.add(name);
  return is;
}
