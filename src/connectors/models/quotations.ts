/** Removes from an endpoint's words what they quote of the request: its words are logged, and the request has ticket text. */

/** As many words in a row in common with the request are a quotation; fewer are chance. */
const quotedWords = 4;
/** The same for characters of one word, in scripts with and without blanks between words. */
const quotedCharacters = { spaced: 24, unspaced: 8 } as const;
const unspaced =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** Characters of an endpoint's words that are compared with the request; its refusals are cut to as many. */
const longestCompared = 2000;

/**
 * @param words only the first 2,000 characters are used
 * @param sent the parts of the request that are not our own text
 */
export function withoutQuotations(words: string, ...sent: readonly string[]): string {
  const said = words.slice(0, longestCompared).split(' ');
  const plainSent = plain(sent.join('\n'));
  const known = ` ${plainSent} `;
  const quoted = new Set<number>();
  const plainSaid = said.map(plain);
  for (let start = 0; start + quotedWords <= said.length; start++) {
    const run = plainSaid
      .slice(start, start + quotedWords)
      .join(' ')
      .trim();
    if (run === '' || !known.includes(` ${run} `)) continue;
    for (let i = start; i < start + quotedWords; i++) quoted.add(i);
  }
  const knownLetters = piecesOf(plainSent.replaceAll(' ', ''));
  return said
    .map((word, i) => (quoted.has(i) ? (quoted.has(i - 1) ? '' : '…') : withoutQuotedLetters(word, knownLetters)))
    .filter((word) => word !== '')
    .join(' ');
}

/** In a script without blanks, and in a text whose blanks were replaced, a word can be a whole sentence. */
function withoutQuotedLetters(word: string, piecesOfLength: (length: number) => ReadonlySet<string>): string {
  const length = unspaced.test(word) ? quotedCharacters.unspaced : quotedCharacters.spaced;
  if (word.length < length) return word;
  const known = piecesOfLength(length);
  const letters = [...word.matchAll(/[\p{L}\p{N}]/gu)].map(({ 0: letter, index }) => ({ letter, index }));
  const parts: string[] = [];
  let keptTo = 0;
  for (let start = 0; start + length <= letters.length; ) {
    let end = start + length;
    if (!known.has(lettersIn(letters.slice(start, end)))) {
      start++;
      continue;
    }
    while (end < letters.length && known.has(lettersIn(letters.slice(end + 1 - length, end + 1)))) end++;
    const last = letters[end - 1];
    parts.push(word.slice(keptTo, letters[start]?.index), '…');
    keptTo = (last?.index ?? 0) + (last?.letter.length ?? 0);
    start = end;
  }
  return parts.join('') + word.slice(keptTo);
}

/** All substrings of one length. Computed once: searching the text for each part of a word takes 70 ms. */
function piecesOf(text: string): (length: number) => ReadonlySet<string> {
  const made = new Map<number, ReadonlySet<string>>();
  return (length) => {
    let known = made.get(length);
    known ??= new Set(Array.from({ length: text.length }, (_, start) => text.slice(start, start + length)));
    made.set(length, known);
    return known;
  };
}

function lettersIn(letters: readonly { readonly letter: string }[]): string {
  return letters
    .map(({ letter }) => letter)
    .join('')
    .toLowerCase();
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/\\[nrt]/g, ' ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
