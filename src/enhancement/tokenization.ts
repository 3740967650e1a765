/** From text to the terms that are indexed and searched. */

/** Words that stand in any ticket and tell none from another: English function words, and the desk's own phrases. */
const stopWords = new Set(
  `a about above after again against all also am an and any anyone anything are aren as ask asked at back be because
  been before being below between both but by can cannot cant come could couldn did didn do does doesn doing don down
  during each either else even every everyone few for from further get gets getting give go goes going good got had
  hadn happen happened happening happens has hasn have haven having he hello help her here hers herself hi him himself
  his how however i if in into is isn it its itself ive just keep keeps kind know last let like ll look looks made make
  makes many may me might mine more most much must my myself need needs new no nor not nothing now of off often on once
  one only or other our ours ourselves out over own per please possible problem re really regards s same say says see
  seem seems set she should shouldn since so some someone something still such sure t take than thank thanks that the
  their theirs them themselves then there these they thing things this those through ticket time times to today too
  tried try trying two under until up urgent us use used user users using ve very want was wasn way we well went were
  weren what when where which while who whom why will with within without won work working works would wouldn yes yet
  yesterday you your yours yourself yourselves able already always another around asap anymore issue issues morning
  started start afternoon week day days error errors message messages open opens fine first seen show shows shown
  right wrong since always never dear team`.split(/\s+/),
);

const longestTerm = 40;

/**
 * A light stemmer: enough to bring `drops`, `dropped` and `dropping` together, and too careful to bring unlike words
 * together. Applied once to each word; its results are never stemmed again.
 */
function stem(word: string): string {
  if (word.length <= 3 || /\d/.test(word)) return word;
  let root = word;
  if (root.endsWith('ies') && root.length > 4) root = `${root.slice(0, -3)}y`;
  else if (/(ss|us|is)$/.test(root)) root = word;
  else if (/(ches|shes|sses|xes)$/.test(root)) root = root.slice(0, -2);
  else if (root.endsWith('s')) root = root.slice(0, -1);
  const suffix = /(ing|ed)$/.exec(root)?.[0];
  if (suffix !== undefined && root.length - suffix.length >= 3 && /[aeiouy]/.test(root.slice(0, -suffix.length))) {
    root = root.slice(0, -suffix.length);
    if (/([bdfgklmnprt])\1$/.test(root) && !/(ll|ss)$/.test(root)) root = root.slice(0, -1);
  }
  // `configure` and `configuring`, `cable` and `cables`: without the mute e all forms end alike.
  return root.length > 4 && root.endsWith('e') ? root.slice(0, -1) : root;
}

/** The terms of a text, in order, repeats included. `wi-fi`, `vpn-gw-01` and `0x80070005` stay whole, and in parts. */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const [token] of text
    .toLowerCase()
    .normalize('NFKC')
    .matchAll(/[\p{L}\p{N}]+(?:[-_.][\p{L}\p{N}]+)*/gu)) {
    if (/[-_.]/.test(token) && token.length <= longestTerm) terms.push(token);
    for (const word of token.split(/[-_.]/)) {
      if (word.length < 2 || word.length > longestTerm || stopWords.has(word)) continue;
      terms.push(stem(word));
    }
  }
  return terms;
}
