import { createLoopTurns, type LenientValue, readLenientJson } from '../../enhancement/index.js';
import { boundedJsonIn } from '../../json/bounded-json.js';

/** Finds JSON in the body of an answer. The media type is ignored, because servers and proxies often name the wrong one. */

/** The value of a body, or of its first event. Undefined: there is no JSON. */
export function firstJsonIn(body: string): unknown {
  return parsed(body) ?? parsed(/^data:(.*)$/m.exec(body)?.[1] ?? '');
}

/** A line's end, or where a server begins another value without one. */
const valueEnd = /\r\n?|\n|\}(?= {0,4}\{"\w{1,40}":)/g;
/** The same where the value has several lines, as a server that formats its JSON sends it. */
const eventEnd = /\n{2,}/;
/** Such events that are read. */
const mostEvents = 1000;
/** Field names of server-sent events. Some proxies put one in front of another. */
const field = /^(?:data: {0,4}){1,4}/;

/** Lines that routers send while a request waits, and the end of a stream. */
const waiting = /^(?::.*|data: ?\[DONE\])$/gm;

/** What is left of a body behind a wait. */
const behindWait = (body: string): string => body.replaceAll(waiting, '');

/** Whether a router had nothing to pass on after a wait: blanks alone, or comments up to the end of a stream. */
export function isWaitAlone(body: string): boolean {
  const isStream = /^data: ?\[DONE\]$/m.test(body);
  return body !== '' && behindWait(body).trim() === '' && isStream === /^:/m.test(body);
}

/** All values of a body: one, or one of each line, which may be server-sent events. In turns of the event loop. */
export async function* jsonIn(received: string): AsyncGenerator {
  const turns = createLoopTurns();
  const body = isOpened(received) ? received : behindWait(received);
  const whole = parsed(body);
  if (whole !== undefined) return yield whole;
  let start = 0;
  let isFound = false;
  for (const { 0: mark, index } of body.matchAll(valueEnd)) {
    await turns.pause();
    const end = index + mark.length;
    const value = parsed(body.slice(start, end).replace(field, ''));
    start = end;
    if (value === undefined) continue;
    isFound = true;
    yield value;
  }
  await turns.pause();
  const rest = body.slice(start).replace(field, '');
  const last = rest === body ? undefined : parsed(rest);
  if (last !== undefined) return yield last;
  if (!isFound) {
    for (const event of body.replaceAll('\r\n', '\n').split(eventEnd).slice(0, mostEvents)) {
      await turns.pause();
      const lines = event.split('\n').filter((line) => field.test(line));
      const value = parsed(lines.map((line) => line.replace(field, '')).join('\n'));
      if (value === undefined) continue;
      isFound = true;
      yield value;
    }
  }
  await turns.pause();
  const cut = isFound ? undefined : cutOff(body);
  if (cut !== undefined) yield cut;
}

/** An object or a list; undefined for everything else. */
function parsed(text: string): unknown {
  return isOpened(text) ? boundedJsonIn(text) : undefined;
}

function isOpened(text: string): boolean {
  // Some servers send blanks for as long as a request waits.
  return '{['.includes(text[text.search(/\S/)] ?? ' ');
}

/** Characters of an incomplete completion that are read. */
const longestCutOff = 65_536;

/** Reads a value that ends too early, for example because a server counted characters for its `Content-Length`. */
function cutOff(text: string): unknown {
  if (!isOpened(text)) return undefined;
  const value = readLenientJson(text.slice(0, longestCutOff), text.search(/[{[]/)).value;
  return value === undefined ? undefined : plain(value);
}

function plain(value: LenientValue): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Map ? Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)])) : value;
}
