/** Parts of a ticket that programs write: stack traces, source locations and paths of URLs. */

/** A frame of a stack trace, in one line. */
const frames: readonly RegExp[] = [
  // PHP
  /^[ \t]{0,40}#\d{1,3} (?:\{main\}|\[internal|[^\s()]{1,300}\(\d{1,6}\):)/,
  // Java, .NET
  /^[ \t]{0,40}at [\w$<>]{1,80}(?:[./][\w$<>]{1,80}){1,30}\(/,
  // JavaScript
  /^[ \t]{0,40}at (?:[^\n()]{1,200}\()?[^\s()]{1,300}:\d{1,6}:\d{1,6}\)?\s?$/,
  // Python
  /^[ \t]{0,40}File "[^"\n]{1,300}", line \d/,
];
/** Python prints a line of source code between two frames. */
const farthestFrame = 2;

/** A file of source code and a line in it: `/srv/queue.php:41`. */
const sourceLocation = /(?<![\w\\/.:-])(?:[a-z]:)?[\\/][\w.\\/-]{1,300}\.[a-z]{1,6}(?::\d{1,6}| on line \d{1,6})/gi;
const urlPath = /\b(https?:\/\/[^\s/?#]{1,253})[/?#][\w./?#&=%+~:@-]{0,2000}/gi;

/** The text without stack traces of at least two frames, source locations and paths of URLs. */
export function withoutProgramText(text: string): string {
  const lines = text.split('\n');
  const isFrame = lines.map((line) => frames.some((frame) => frame.test(line)));
  const isInTrace = (at: number): boolean =>
    isFrame.slice(Math.max(0, at - farthestFrame), at + farthestFrame + 1).filter(Boolean).length > 1;
  return lines
    .filter((_, at) => isFrame[at] !== true || !isInTrace(at))
    .join('\n')
    .replace(urlPath, '$1 ')
    .replace(sourceLocation, ' ');
}
