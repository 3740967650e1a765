/**
 * About how many tokens a model makes of a text. Tokenizers differ: this is close for English, and not below the truth for
 * scripts without spaces, in which a character is about a token.
 */
export function estimateTokens(text: string): number {
  const wide = text.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}]/gu)?.length ?? 0;
  return wide + Math.ceil((text.length - wide) / 4);
}

/** The beginning of a text with at most about so many tokens, cut at a line end or a space. */
export function cutToTokens(text: string, maxTokens: number): string {
  if (estimateTokens(text) <= maxTokens) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (estimateTokens(text.slice(0, middle)) <= maxTokens) low = middle;
    else high = middle - 1;
  }
  const cut = text.slice(0, low);
  const end = Math.max(cut.lastIndexOf('\n'), cut.lastIndexOf(' '));
  return `${(end > low / 2 ? cut.slice(0, end) : cut).trimEnd()} …`;
}
