import { createLoopTurns } from '../../enhancement/index.js';
import { parseBoundedJson } from '../../json/bounded-json.js';

/** JSON in the body of an answer, whatever its media type says: servers and proxies name the wrong one too often. */

/** The value of a body, or of its first event. Undefined: it has none. */
export function firstJsonIn(body: string): unknown {
  return parsed(body) ?? parsed(/^data:(.*)$/m.exec(body)?.[1] ?? '');
}

/** A line's end, or where a server begins another value without one. */
const valueEnd = /\n|\}(?=[ \r]{0,4}\{"\w{1,40}":)/g;
/** Of a server-sent event. Some proxies put theirs in front of another. */
const field = /^(?:data: {0,4}){1,4}/;

/** All values of a body: one, or one of each line, which may be server-sent events. In turns of the event loop. */
export async function* jsonIn(body: string): AsyncGenerator<unknown> {
  const whole = parsed(body);
  if (whole !== undefined) return yield whole;
  const turns = createLoopTurns();
  let start = 0;
  for (const { 0: mark, index } of body.matchAll(valueEnd)) {
    await turns.pause();
    const end = index + mark.length;
    const value = parsed(body.slice(start, end).replace(field, ''));
    start = end;
    if (value !== undefined) yield value;
  }
  const last = parsed(body.slice(start).replace(field, ''));
  if (last !== undefined) yield last;
}

/** An object or a list; undefined for everything else. */
function parsed(text: string): unknown {
  if (!/^\s{0,999}[{[]/.test(text)) return undefined;
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined; // not JSON
  }
}
