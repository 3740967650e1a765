import { isPage, wordsOfPage } from '../page-words.js';
import { firstJsonIn } from './json-in.js';
import { pauseInFields } from './told-pause.js';

/**
 * An endpoint's refusal. Each vendor has a form of its own: `error` is an object, a string or missing, the words are in
 * `message`, `detail`, `msg` or `title`, the name of the parameter in `param` or `loc`, and Gemini sends a list of them.
 */
export interface Refusal {
  readonly status: number;
  /** The status comes from the body of an answer with HTTP 200, or from its words. Default: it is the HTTP status. */
  readonly isInBody?: true;
  /** A web page, of a server in front of the endpoint. */
  readonly isPage?: boolean;
  /** The endpoint's words in one line; may be empty, and may quote the request. */
  readonly words: string;
  /** Everything that may name the refused parameter, lower case. */
  readonly named: string;
  /** A pause that it asks for, milliseconds. */
  readonly pauseMs?: number | undefined;
  /** The target of a redirect. */
  readonly location?: string | undefined;
}

/** Keys whose text is meant for people, the most specific first. */
const spokenKeys =
  'raw message msg detail error error_description error_msg errorMessage status_msg title errors metadata base_resp'.split(
    ' ',
  );
/** Keys whose text names the parameter. `input` quotes the request and `failed_generation` the model: neither is among them. */
const namingKeys = ['param', 'loc', 'code', 'type', 'error_type', 'status', 'reason'];

/** llama.cpp's numbers: the length of the prompt, and the context. */
const countKeys = ['n_prompt_tokens', 'n_ctx'];

/** Texts of one refusal that are read. */
const mostTexts = 20;
const deepest = 8;
const longestWords = 1000;
const longestNamed = 2 * longestWords;

export function readRefusal(status: number, body: string): Refusal {
  const told = firstJsonIn(body);
  if (told !== undefined) return refusalIn(told, status);
  const page = isPage(body);
  const words = oneLine(page ? wordsOfPage(body) : body);
  return { status, isPage: page, words, named: namesIn(words) };
}

/** Lower case, and numbers without separators of thousands. */
function namesIn(text: string): string {
  return text.toLowerCase().replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, '');
}

/** @param told a value that was JSON */
export function refusalIn(told: unknown, status: number): Refusal {
  const texts: RefusalTexts = { spoken: [], naming: [] };
  gather(told, texts, 'spoken', deepest);
  const { spoken, naming } = texts;
  const words = oneLine([...new Set(spoken)].join('; '));
  return {
    status,
    words,
    named: namesIn(`${naming.join(' ')} ${words}`.slice(0, longestNamed)),
    pauseMs: pauseInFields(told, status, Date.now()),
  };
}

/** Texts for people, and those that name the parameter. */
type RefusalTexts = Readonly<Record<'spoken' | 'naming', string[]>>;

function gather(value: unknown, texts: RefusalTexts, kind: keyof RefusalTexts, depth: number): void {
  if (depth === 0 || texts.spoken.length + texts.naming.length >= mostTexts) return;
  if (typeof value === 'string') {
    gatherText(value, texts, kind, depth);
  } else if (Array.isArray(value)) {
    for (const one of value.slice(0, mostTexts)) gather(one, texts, kind, depth - 1);
  } else if (typeof value === 'object' && value !== null) {
    const fields = new Map<string, unknown>(Object.entries(value));
    for (const key of spokenKeys) gather(fields.get(key), texts, 'spoken', depth - 1);
    for (const key of namingKeys) gather(fields.get(key), texts, 'naming', depth - 1);
    for (const key of countKeys) {
      const count = fields.get(key);
      if (typeof count === 'number') texts.naming.push(`${key} ${count}`);
    }
  }
}

/** Routers pass on the JSON text of the endpoint behind them. */
function gatherText(text: string, texts: RefusalTexts, kind: keyof RefusalTexts, depth: number): void {
  const inner = firstJsonIn(text);
  if (inner !== undefined) gather(inner, texts, kind, depth - 1);
  else if (text.trim() !== '') texts[kind].push(text.slice(0, longestWords));
}

/** @returns at most 1,000 characters */
export function oneLine(text: string): string {
  return text.slice(0, longestWords).replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}
