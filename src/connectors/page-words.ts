/** The text of a web page that answered instead of an API. */

/** Characters that are read. */
const longestPage = 20_000;
const mostWords = 3;
const said = /<(?:title|h1|h2|p|pre)\b[^<>]{0,300}>\s{0,100}([^<>\s][^<>]{0,300})/gi;

export function isPage(text: string): boolean {
  return text.trimStart().startsWith('<');
}

/** Title, headings and first lines of a proxy's error page. */
export function wordsOfPage(page: string): string {
  const lines = [...page.slice(0, longestPage).matchAll(said)].map(([, line = '']) => line.trim());
  return [...new Set(lines)].slice(0, mostWords).join('; ');
}
