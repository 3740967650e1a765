/** An embedded picture, which may be longer than everything that is read. */
const embedded = /data:[\w/+.-]{1,60}(?:;[\w=.-]{1,40}){0,4},[\w+/=%.!*~;:,-]{200,}/g;

/** The text without the content of its `data:` addresses. */
export function withoutEmbeddedData(text: string): string {
  return text.includes('data:') ? text.replaceAll(embedded, '') : text;
}
