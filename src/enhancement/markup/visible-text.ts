/**
 * What Unicode lets stand in a text without showing it: zero-width characters, direction marks, soft hyphens, variation
 * selectors, tags, fillers, annotation marks.
 */
const unseen = /[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]+/gu;

/** The same but for the two joiners and the two emoji selectors, which some scripts and all emoji need. */
const needless = /(?!\u200C|\u200D|\uFE0E|\uFE0F)[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\uFFFD]/gu;

/**
 * Takes out what a reader cannot see but a desk, a database or a terminal may stumble over: control characters, halves
 * of surrogate pairs, and characters that hide what is written or turn its direction.
 */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replace(needless, '');
}

/** The same for text of several lines, such as code: line ends stay, a tab is four blanks. */
export function visibleLines(text: string): string {
  return text
    .split(/\r\n|[\n\r]/)
    .map((line) => visibleText(line.replaceAll('\t', '    ')))
    .join('\n');
}

/** Dots, slashes and colons that are read as such, and that compatibility normalisation keeps. */
const lookalikes: Readonly<Record<string, string>> = {
  '\u3002': '.',
  '\u2044': '/',
  '\u2215': '/',
  '\u29F8': '/',
  '\u2236': ':',
  '\uA789': ':',
  '\u02D0': ':',
};
const lookalike = /[\u3002\u2044\u2215\u29F8\u2236\uA789\u02D0]/g;

/** A word as it is read: one form for each width, nothing unseen. For judging; case is kept, since addresses have one. */
export function asRead(word: string): string {
  return word
    .toWellFormed()
    .replace(unseen, '')
    .normalize('NFKC')
    .replace(unseen, '')
    .replace(lookalike, (character) => lookalikes[character] ?? character);
}
