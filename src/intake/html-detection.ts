/** Start tags that occur only in HTML; `<title>` may occur in a sentence. */
const startTag = /<(?:!doctype html|!--|html|body|(?:br|p|div)(?: [^<>]*)?\/?>|img [^<>]*>)/i;
const endTag =
  /<\/(?:a|b|blockquote|body|center|details|div|em|font|h[1-6]|html|i|li|ol|p|pre|section|span|strong|style|script|table|tbody|td|tr|u|ul)>/i;
const entity = /&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,7}|#x[\da-f]{2,6});/i;
/** Tags of elements that begin or divide lines. */
export const lineTag = /<(?:br|p|div|li|tr|td|h[1-6]|pre|body|table|blockquote)[\s/>]/i;

/** Most texts have neither character, and the search for one is faster than a pattern. */
const mayBeHtml = (text: string): boolean => text.includes('<') || text.includes('&');

/** Whether a desk's text is HTML, or plain text with HTML entities. */
export function isHtml(text: string): boolean {
  if (!mayBeHtml(text)) return false;
  return startTag.test(text) || endTag.test(text) || entity.test(text);
}

/** The same for one line, which is more likely to mention a single start tag than to be HTML. */
export function isHtmlLine(text: string): boolean {
  return mayBeHtml(text) && (endTag.test(text) || entity.test(text));
}
