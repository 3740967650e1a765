import { parseBoundedJson } from '../../json/bounded-json.js';
import { pauseInFields } from './told-pause.js';

/**
 * An endpoint's refusal. Each vendor has a form of its own: `error` is an object, a string or missing, the words are in
 * `message`, `detail`, `msg` or `title`, the name of the parameter in `param` or `loc`, and Gemini sends a list of them.
 */
export interface Refusal {
  readonly status: number;
  /** What the endpoint says, one line; empty when it says nothing. May quote what it was sent. */
  readonly words: string;
  /** Everything that may name the refused parameter, lower case. */
  readonly named: string;
  /** A pause that fields of the body ask for, milliseconds. */
  readonly pauseMs?: number | undefined;
}

/** Keys whose text is meant for people, the most telling first. */
const spokenKeys = ['raw', 'message', 'msg', 'detail', 'error', 'error_description', 'title', 'errors', 'metadata'];
/** Keys whose text names the parameter. `input` quotes the request and `failed_generation` the model: neither is among them. */
const namingKeys = ['param', 'loc', 'code', 'type', 'error_type', 'status', 'reason'];

/** llama.cpp's, with numbers: how long the prompt is, and the context. */
const countKeys = ['n_prompt_tokens', 'n_ctx'];

/** An endpoint with more to say repeats itself. */
const mostTexts = 20;
const deepest = 8;
const longestWords = 1000;
const longestNamed = 2 * longestWords;

export function readRefusal(status: number, contentType: string, text: string): Refusal {
  const told = parsed(text);
  if (told === undefined) {
    const words = contentType === 'text/html' || text.trimStart().startsWith('<') ? '' : oneLine(text);
    return { status, words, named: words.toLowerCase() };
  }
  return refusalIn(told, status);
}

/** @param told a value that was JSON */
export function refusalIn(told: unknown, status: number): Refusal {
  const spoken: string[] = [];
  const naming: string[] = [];
  gather(told, spoken, naming, deepest, true);
  const words = oneLine([...new Set(spoken)].join('; '));
  return {
    status,
    words,
    named: `${naming.join(' ')} ${words}`.slice(0, longestNamed).toLowerCase(),
    pauseMs: pauseInFields(told, status, Date.now()),
  };
}

function gather(value: unknown, spoken: string[], naming: string[], depth: number, isSpoken: boolean): void {
  if (depth === 0 || spoken.length + naming.length >= mostTexts) return;
  if (typeof value === 'string') {
    gatherText(value, spoken, naming, depth, isSpoken);
  } else if (Array.isArray(value)) {
    for (const one of value.slice(0, mostTexts)) gather(one, spoken, naming, depth - 1, isSpoken);
  } else if (typeof value === 'object' && value !== null) {
    const fields = new Map<string, unknown>(Object.entries(value));
    for (const key of spokenKeys) gather(fields.get(key), spoken, naming, depth - 1, true);
    for (const key of namingKeys) gather(fields.get(key), spoken, naming, depth - 1, false);
    for (const key of countKeys) {
      const count = fields.get(key);
      if (typeof count === 'number') naming.push(`${key} ${count}`);
    }
  }
}

/** A router passes on the JSON text of the endpoint behind it. */
function gatherText(text: string, spoken: string[], naming: string[], depth: number, isSpoken: boolean): void {
  const inner = /^\s{0,100}[{[]/.test(text) ? parsed(text) : undefined;
  if (inner !== undefined) gather(inner, spoken, naming, depth - 1, isSpoken);
  else if (text.trim() !== '') (isSpoken ? spoken : naming).push(text.slice(0, longestWords));
}

function parsed(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined; // plain text
  }
}

/** @returns at most 1,000 characters */
export function oneLine(text: string): string {
  return text.slice(0, longestWords).replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}
