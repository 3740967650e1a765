/** Splits a table that is written as text: phrases between commas and line ends. */
export function phrasesOf(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');
}
