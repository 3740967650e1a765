/** The extensions of site generators within a line. What may be text of the article is kept as it is. */

const inlineCode = /(`[^`\n]{1,1000}`)/;

/** Links and marks within a line, outside code. */
export function inlinePlainOf(line: string, endsBlock: boolean): string {
  if (!/\[\[|==|\{[{%:/]|%%|\^|<[A-Z]/.test(line)) return line;
  const plain = line
    .split(inlineCode)
    .map((part, i) => (i % 2 === 1 ? part : plainText(part)))
    .join('');
  return endsBlock ? plain.replace(blockId, '') : plain;
}

/** What Obsidian names a block by: not `^C` of a keyboard, `^10` of a power, or `^main` of git. */
const blockId =
  /(?<=\S) \^(?:[a-f\d]{6}|(?=[A-Za-z-]{0,40}\d)(?=[\dA-Z-]{0,40}[a-z])[\w-]{2,40}|[a-z]+(?:-[a-z\d]{1,20}){1,5})\s*$/;

/** Obsidian's `%% … %%`, with blanks within both marks or neither, and MDX's `{/* … *\/}`. */
const comment =
  /(?<=^|\s)%%(?:\s[^%\n]{0,500}\s|[^%\s]|[^%\s][^%\n]{0,500}[^%\s])%%(?=\s|$)|\{\/\*[^*\n]{0,500}\*\/\}/g;

/** Not the classes of POSIX (`[[:space:]]`) nor lists within lists (`[["a"]]`, `[[1, 2]]`). */
const wikiLink = /!?\[\[(?![\s:.="'$^]|[\d\s.,]{1,100}\]\])([^\][\n|]{1,300})(?:\|([^\][\n]{1,300}))?\]\]/g;

function plainText(text: string): string {
  return text
    .replaceAll(comment, '')
    .replaceAll(/!\[\[[^\][\n|]{1,300}\.(?:avif|bmp|gif|jpe?g|mp4|pdf|png|svg|webp)(?:\|[^\][\n]{0,100})?\]\]/gi, '')
    .replaceAll(wikiLink, (_, target: string, shown?: string) => (shown ?? pageOf(target)).trim())
    .replaceAll(
      /(?<![^\s([{"'*_>,;:.!?-])==(?=[^\s=])([^=\n]{1,500})(?<=\S)==(?![^\s)\]}"'*_<,;:.!?-])/g,
      (whole, marked: string) => (comparison.test(marked) ? whole : marked),
    )
    .replaceAll(/\{\{[<%]([^{}\n]{1,500})[%>]\}\}/g, (_, tag: string) => shownArguments(tag))
    .replaceAll(/\{%([^{}%\n]{1,500})%\}/g, (whole, tag: string) => (isTemplate(tag) ? whole : ''))
    .replaceAll(/<[A-Z][\w.]{0,60}\s[^<>\n]{1,500}\/>/g, '')
    .replaceAll(attributes, '');
}

/** kramdown's `{:.red}`, `{: #a }` and `{:target="_blank"}`; not `{:ok, pid}` of Elixir or `{:a=>1}` of Ruby. */
const attributes = /\{:\s{0,3}(?:[.#][\w-]|[\w-]{1,40}=["'])[^{}\n]{0,200}\}/g;

/** `x ==y and z== 3` */
const comparison = /^\S{1,100} (?:and|or|und|oder|&&|\|\|) \S{1,100}$/;

/** Control of the flow in Jinja, Twig, Django and Liquid: articles about templates show it, no documentation site needs it. */
const control =
  /^-?\s{0,3}(?:(?:end)?(?:if|for|unless|set|block|macro|call|filter|with|while|case|autoescape|trans|capture)|el(?:se|if|sif|seif)|extends|import|from|do|when|assign|load|url|static|csrf_token)(?![\w-])/;
/** Jekyll's `include` has no quotation marks. */
const controlWithFile = /^-?\s{0,3}(?:include|render|use)\s{1,3}["']/;

export function isTemplate(tag: string): boolean {
  return control.test(tag) || controlWithFile.test(tag);
}

const argument = /(?:(?<=\s)|(?<=\s(?:text|title|label|name|content|keys?|value)=))"([^"\n]{1,200})"/g;

/** `kbd "Ctrl+C"`: what it shows stands in quotation marks, unless it is a picture's name. */
export function shownArguments(tag: string): string {
  if (/^\s{0,3}\S{0,20}(?:icon|emoji)|^\s{0,3}fa[bsr]?\s/i.test(tag)) return '';
  return [...tag.matchAll(argument)].map(([, shown = '']) => shown).join(' ');
}

/** `VPN/Setup#Windows` is shown as `Setup > Windows`. */
function pageOf(target: string): string {
  return target
    .replace(/^[^#]*\//, '')
    .replaceAll(/#\^?/g, ' > ')
    .replace(/^ > /, '');
}
