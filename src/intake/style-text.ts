/** Properties of style sheets as mail programs write them. */
const property =
  /^\s*(?:mso-|margin|padding|font|color|background|border|text-|line-|page|size|panose|display|width|height|list-|vertical-|white-|word-)[a-z-]*\s*:/i;

/** Characters. */
const longestProperty = 100;
const longestSelectors = 300;

/**
 * Removes style sheets that remain in a text after a desk removed the tags of HTML: `p.MsoNormal {margin:0cm; …}`. Other text in
 * braces, such as JSON and source code, is kept.
 */
export function withoutStyleSheets(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let open = text.indexOf('{'); open >= 0; open = text.indexOf('{', open + 1)) {
    const end = text.indexOf('}', open);
    if (end < 0) break;
    if (!property.test(text.slice(open + 1, Math.min(end, open + longestProperty)))) continue;
    kept.push(withoutSelectors(text.slice(from, open)));
    from = end + 1;
    open = end;
  }
  if (from === 0) return text;
  const rest = [...kept, text.slice(from)].join('');
  return rest.replaceAll(/\/\*[^*\n]{0,80}\*\/|<!--|-->/g, '').trim();
}

/** Removes the selectors at the end: the last word, the words before it that end with a comma, and the `@` of a rule. */
function withoutSelectors(text: string): string {
  const start = Math.max(0, text.length - longestSelectors);
  const words = [...text.slice(start).matchAll(/\S+/g)];
  let first = words.length - 1;
  while (first > 0 && /^@|,$/.test(words[first - 1]?.[0] ?? '')) first--;
  return text.slice(0, start + (words[first]?.index ?? 0));
}
