/**
 * Turns the extensions of site generators and note programs into plain Markdown, as readers of their pages see them. Sources:
 * the documentation of Docusaurus, MkDocs (Python-Markdown's admonitions, Material's tabs), VitePress, MyST, Obsidian, GitHub's
 * alerts, Hugo's shortcodes, Jekyll's and GitBook's tags, kramdown's attributes, MDX.
 */

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

const fence = /^\s{0,60}(?:>\s{0,3}){0,5}(`{3,}|~{3,})/;
/** `!!! warning "Title"`, `??? note`, `=== "Tab"`: what follows indented is the content. */
const indentedAdmonition =
  /^(\s{0,60})(?:(?:!!!|\?\?\?\+?) {1,3}([^\s"]{1,40})[^"\n]{0,60}|===[!+]? {1,3})(?:"([^"\n]{0,200})")?\s*$/;
/** `:::warning[Title]`, `::: tip Title`, `:::{note} Title`; a line of colons alone is the end. */
const container =
  /^\s{0,60}:{3,}\s{0,3}(?:\{?([\w-]{1,40})\}?)?(?:\[([^\]\n]{0,200})\]|([^{=\n]{0,200}))?(?:[\w-]{1,40}=[^\n]{0,200})?(?:\{[^}\n]{0,200}\})?\s*$/;
/** `> [!WARNING] Title`, with Obsidian's mark of an admonition that can be closed. */
const alert = /^(\s{0,60}(?:>\s{0,3}){1,5})\[!([\w-]{1,40})[^\]\n]{0,40}\][-+]?\s{0,3}(.{0,200})$/;

/** A tag of a template language or a component of MDX, alone on its line, without the blanks around it. */
const tagLine =
  /^(?:\{\{[<%](?<hugo>[^\n]{1,500})[%>]\}\}|\{%-?(?<liquid>[^\n]{1,500}?)-?%\}|<(?<jsx>\/?[A-Z][\w.]{0,60}(?:\s[^<>\n]{0,500})?)\/?>)$/;
const titleOf = /\b(?:title|label|heading|header|name)\s*=\s*\{?["']([^"'\n]{1,200})["']/;
const kindOf = /\b(?:type|style|color|variant)\s*=\s*\{?["']([\w-]{1,40})["']/;
const highlight = /^\s{0,60}\{%-?\s*(?:highlight|codeblock)\s{0,3}([\w+-]{0,40})[^\n]{0,100}%\}\s*$/;
const endHighlight = /^\s{0,60}\{%-?\s*end(?:highlight|codeblock)\s*-?%\}\s*$/;

/** Lines that show nothing: imports of MDX, tables of contents, included files, attributes, abbreviations. */
const silentLine =
  /^\s{0,60}(?:import\s(?:[\w$*{},\s]{1,200}\sfrom\s)?['"][^'"\n]{1,200}['"];?|export (?:const|default|function)\s[^\n]{0,500}[;}]|\[\[?_?TOC_?\]?\]|\{:[^{}\n]{0,200}\}|--8<--\s[^\n]{1,300}|\[!INCLUDE\s{0,3}\[[^\n]{0,300}|\*\[[^\]\n]{1,60}\]:[^\n]{0,300})\s*$/;

/** The article without the extensions. Code is kept as it is. Linear. */
export function withoutSiteSyntax(markdown: string): string {
  const lines = withoutComments(markdown).split('\n');
  const written: string[] = [];
  /** Indentations of the open admonitions, each of which is removed from its content. */
  const admonitions: number[] = [];
  let open: string | undefined;
  for (const given of lines) {
    const line = outdented(given, admonitions, open !== undefined);
    const mark = fence.exec(line)?.[1];
    if (open !== undefined) {
      if (endHighlight.test(line)) {
        written.push(open);
        open = undefined;
      } else {
        written.push(line);
        if (mark?.startsWith(open) === true && line.trim().endsWith(mark)) open = undefined;
      }
    } else if (mark !== undefined) {
      open = mark;
      written.push(line);
    } else if (highlight.test(line)) {
      open = '```';
      written.push(`\`\`\`${highlight.exec(line)?.[1] ?? ''}`);
    } else {
      written.push(...plainLine(line, admonitions));
    }
  }
  return written.join('\n');
}

/** Obsidian's `%% … %%` and MDX's `{/* … *\/}`, outside code of one line. */
function withoutComments(text: string): string {
  if (!text.includes('%%') && !text.includes('{/*')) return text;
  return text.replaceAll(/(?<=^|\s)%%(?=\S|\s)[^%`]{0,2000}%%(?=\s|$)|\{\/\*[^`]{0,500}?\*\/\}/g, '');
}

/** The depth of indentation of an admonition's content beyond the admonition: four blanks or a tab. */
const admonitionIndent = 4;

function outdented(given: string, admonitions: number[], isCode: boolean): string {
  if (admonitions.length === 0 || given.trim() === '') return given;
  const line = given.replace(/^\t+/, (tabs) => ' '.repeat(tabs.length * admonitionIndent));
  const indent = line.length - line.trimStart().length;
  while (!isCode && admonitions.length > 0 && indent < (admonitions.at(-1) ?? 0) + admonitionIndent) admonitions.pop();
  const most = admonitions.length === 0 ? 0 : admonitionIndent * admonitions.length;
  return line.slice(Math.min(indent, most));
}

/** The lines in place of one outside code. */
function plainLine(line: string, admonitions: number[]): string[] {
  const [, indent, kind = '', title = ''] = indentedAdmonition.exec(line) ?? [];
  if (indent !== undefined && (kind !== '' || title !== '')) {
    const outer = admonitions.length === 0 ? 0 : (admonitions.at(-1) ?? 0) + admonitionIndent;
    admonitions.push(outer + indent.length);
    // Python-Markdown shows the kind if there is no title.
    const head = title === '' && !labels.test(kind) ? kind : headOf(kind, title);
    return ['', `${indent}${head}`, ''];
  }
  const colons = container.exec(line);
  if (colons !== null) return block(headOf(colons[1] ?? '', colons[2] ?? colons[3] ?? ''));
  const [, quoted, alertKind = '', alertTitle = ''] = alert.exec(line) ?? [];
  if (quoted !== undefined && !alertTitle.startsWith('(')) return [`${quoted}${headOf(alertKind, alertTitle)}`, quoted];
  if (silentLine.test(line)) return [''];
  const tag = tagLine.exec(line.trim())?.groups;
  if (tag !== undefined) return tagHead(tag) ?? [line];
  return [inlinePlainOf(line)];
}

function block(head: string): string[] {
  return head === '' ? [''] : ['', head, ''];
}

/** Undefined: it may be a placeholder, such as `<HOSTNAME>`. */
function tagHead({ hugo, liquid, jsx }: Record<string, string>): string[] | undefined {
  const tag = (hugo ?? liquid ?? jsx ?? '').trim();
  if (jsx !== undefined && /^[A-Z][A-Z\d_.]*$/.test(jsx)) return undefined;
  const [name = '', word = ''] = tag.split(/\s+/);
  const title = titleOf.exec(tag)?.[1] ?? '';
  const kind = kindOf.exec(tag)?.[1] ?? [name, word.replaceAll('"', '')].find((one) => labels.test(one)) ?? '';
  return block(/^\/|^end/.test(name) ? '' : headOf(kind, title));
}

const inlineCode = /(`[^`\n]{1,1000}`)/;

/** Links and marks within a line, outside code. */
function inlinePlainOf(line: string): string {
  if (!/\[\[|==|\{[{%:#.]|\^|<[A-Z]/.test(line)) return line;
  return line
    .split(inlineCode)
    .map((part, i) => (i % 2 === 1 ? part : plainText(part)))
    .join('');
}

function plainText(text: string): string {
  return text
    .replaceAll(/!\[\[[^\][\n|]{1,300}\.(?:avif|bmp|gif|jpe?g|mp4|pdf|png|svg|webp)(?:\|[^\][\n]{0,100})?\]\]/gi, '')
    .replaceAll(/!?\[\[(?=\S)([^\][\n|]{1,300})(?:\|([^\][\n]{1,300}))?\]\]/g, (_, target: string, shown?: string) =>
      (shown ?? pageOf(target)).trim(),
    )
    .replaceAll(/(?<![=\w])==(?=[^\s=])([^=\n]{1,500})(?<=\S)==(?![=\w])/g, '$1')
    .replaceAll(/\{\{[<%][^{}\n]{1,500}[%>]\}\}|\{%[^{}\n]{1,500}%\}/g, '')
    .replaceAll(/<[A-Z][\w.]{0,60}\s[^<>\n]{1,500}\/>/g, '')
    .replaceAll(/\{:[^{}\n]{1,200}\}/g, '')
    .replace(/(?<=\S) \^[\w-]{1,40}\s*$/, '');
}

/** `VPN/Setup#Windows` is shown as `Setup > Windows`. */
function pageOf(target: string): string {
  return target
    .replace(/^[^#]*\//, '')
    .replaceAll(/#\^?/g, ' > ')
    .replace(/^ > /, '');
}
