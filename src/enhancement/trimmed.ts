/** The text without these characters at its ends. Linear, which a pattern of an end is not. */
export function trimmed(text: string, opening: ReadonlySet<string>, closing = opening): string {
  let start = 0;
  let end = text.length;
  while (start < end && opening.has(text.charAt(start))) start++;
  while (end > start && closing.has(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}
