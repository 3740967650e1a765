/** What programs add to a ticket: it tells where something happened, in words that say something else elsewhere. */
const places: readonly RegExp[] = [
  // Frames of stack traces.
  /^[ \t]{0,40}(?:#\d{1,3} (?:\{main\}|\[internal|[^\s()]{1,300}\(\d{1,6}\):)|at [\w$<>]{1,80}(?:[./][\w$<>]{1,80}){1,30}\(|at (?:[^\n()]{1,200}\()?[^\s()]{1,300}:\d{1,6}:\d{1,6}\)?$|File "[^"\n]{1,300}", line \d)[^\n]{0,2000}/gm,
  // Lines of source code.
  /(?<![\w\\/.:-])(?:[a-z]:)?[\\/][\w.\\/-]{1,300}(?::\d{1,6}| on line \d{1,6})/gi,
];
/** Where an address leads within its site tells as little. */
const address = /\b(https?:\/\/[^\s/?#]{1,253})[/?#]\S{0,2000}/gi;

export function withoutPlaces(text: string): string {
  return places.reduce((rest, place) => rest.replace(place, ' '), text.replace(address, '$1 '));
}
