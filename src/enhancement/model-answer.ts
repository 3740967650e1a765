import { type LenientObject, type LenientValue, readLenientJson } from './lenient-json.js';

/** What a language model answered, as a note uses it. */
export interface ModelNote {
  readonly summary: string;
  readonly steps: readonly ModelStep[];
  readonly confidence: Confidence | undefined;
}

export interface ModelStep {
  readonly text: string;
  /** Labels in the prompt's form, `S1`; any number, and not necessarily labels that were given. */
  readonly sources: readonly string[];
}

export const confidences = ['low', 'medium', 'high'] as const;
export type Confidence = (typeof confidences)[number];

export type AnswerReading =
  | { readonly kind: 'note'; readonly note: ModelNote }
  /** @property problem completes "The answer …", for the model that is asked to repair it, and for the log */
  | { readonly kind: 'unusable'; readonly problem: string };

/** Characters. A wordy answer has 10,000; a longer one than this is refused before it is read. */
const longestAnswer = 65_536;
const longestSummary = 4000;
const longestStep = 2000;
const mostSteps = 20;
const mostLabels = 50;
/** Braces of prose and of drafts that are looked at. */
const mostCandidates = 12;
/** Characters that are read of all of them: one that is cut off is read up to the end of the answer. */
const mostRead = longestAnswer;

/**
 * Finds the note in an answer, whatever stands around it: a think block, a Markdown fence, prose, another object. The
 * answer is judged by what it says: a summary is required, everything else may be missing or in another form. Linear.
 */
export function readModelAnswer(content: string): AnswerReading {
  if (content.length > longestAnswer) return unusable(`is longer than ${longestAnswer} characters`);
  const text = withoutReasoning(content).trim();
  if (text === '') return unusable(content.trim() === '' ? 'is empty' : 'has only reasoning, and no note');
  const found = objectsIn(text);
  if (found.length === 0) return unusable('has no JSON object');
  // The last one is the answer: drafts and examples precede it.
  for (const object of found.toReversed()) {
    const note = noteIn(object);
    if (note !== undefined) return { kind: 'note', note };
  }
  return unusable('has no "summary" with text');
}

/** The labels that an answer lists under `key`, or as it is; in their order, each once. */
export function labelsOf(content: string, key: string): string[] {
  if (content.length > longestAnswer) return [];
  const text = withoutReasoning(content);
  const told = objectsIn(text)
    .map((object) => labelsIn(object.get(key) ?? null))
    .findLast((labels) => labels.length > 0);
  return [...new Set(told ?? labelsIn(text))];
}

function unusable(problem: string): AnswerReading {
  return { kind: 'unusable', problem };
}

/** Where models begin and end their reasoning, if the server in front of them did not take it out. */
const reasoningMark =
  /<\/?(?:[a-z]{1,12}:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|analysis|reflection|scratchpad)>|\[\/?THINK\]|◁\/?think▷|<\|(?:START|END)_THINKING\|>|<\|channel\|?>(?:analysis|thought|final)|<channel\|>/gi;
const reasoningEnd = /\/|END|final|^<channel\|>/i;

/** What stands before the first beginning and behind the last end. */
function withoutReasoning(content: string): string {
  let start: number | undefined;
  let end = 0;
  for (const { 0: mark, index } of content.matchAll(reasoningMark)) {
    if (reasoningEnd.test(mark)) end = index + mark.length;
    else start ??= index;
  }
  const before = content.slice(0, start ?? 0);
  if (end > 0) return `${end > before.length ? before : ''}\n${content.slice(end)}`;
  return start !== undefined && before.trim() === '' ? '' : content;
}

/** Complete objects after those that the end of the text cut off, so that the last one is the best. */
function objectsIn(text: string): LenientObject[] {
  const complete: LenientObject[] = [];
  const cutOff: LenientObject[] = [];
  let start = text.indexOf('{');
  let left = mostRead;
  for (let candidates = 0; start !== -1 && candidates < mostCandidates && left > 0; candidates++) {
    const reading = readLenientJson(text.slice(0, start + left), start);
    left -= reading.end - start;
    const isComplete = reading.value !== undefined && reading.complete;
    if (reading.value !== undefined && isObject(reading.value)) (isComplete ? complete : cutOff).push(reading.value);
    start = text.indexOf('{', isComplete ? reading.end : start + 1);
  }
  return [...encodedObject(text), ...cutOff.toReversed(), ...complete];
}

/** An object that was written as a string. */
function encodedObject(text: string): LenientObject[] {
  if (!text.startsWith('"{')) return [];
  const inner = readLenientJson(text, 0).value;
  const value = typeof inner === 'string' ? readLenientJson(inner, 0).value : undefined;
  return value !== undefined && isObject(value) ? [value] : [];
}

/** Also one that is wrapped, as in `{"note": {…}}`. */
function noteIn(object: LenientObject, depth = 2): ModelNote | undefined {
  const summary = firstText(object, ['summary', 'diagnosis', 'answer']).slice(0, longestSummary);
  if (summary === '') {
    if (depth === 0) return undefined;
    const inner = [...object.values()].find((value) => isObject(value));
    return inner && noteIn(inner, depth - 1);
  }
  const given = stepsOf(firstOf(object, stepsKeys) ?? null);
  // Some tell the sources of all steps together.
  const sources = given.some((step) => step.sources.length > 0) ? [] : labelsIn(firstOf(object, sourcesKeys) ?? null);
  const steps = given.map((step) => (sources.length === 0 ? step : { ...step, sources: [...new Set(sources)] }));
  return { summary, steps, confidence: confidenceOf(object.get('confidence') ?? null) };
}

const stepsKeys = ['steps', 'actions', 'recommendations', 'next_steps', 'recommended_steps', 'resolution_steps'];
const sourcesKeys = ['sources', 'source', 'citations', 'citation'];

function stepsOf(value: LenientValue): ModelStep[] {
  return entriesOf(value)
    .slice(0, mostSteps)
    .map(stepOf)
    .filter(({ text }) => text !== '');
}

/** A list, an object whose keys number the steps, one step, or lines of text. */
function entriesOf(value: LenientValue): readonly LenientValue[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return value.split('\n');
  if (!isObject(value)) return [];
  return firstText(value, stepTexts) === '' ? [...value.values()] : [value];
}

const stepTexts = ['text', 'step', 'action', 'description', 'instruction'];
const listMark = /^(?:[-*•]|\d{1,2}[.)])\s+/;

function stepOf(value: LenientValue): ModelStep {
  const given = isObject(value) ? firstText(value, stepTexts) : textOf(value);
  const text = given.slice(0, longestStep).trim().replace(listMark, '');
  const named = isObject(value) ? labelsIn(firstOf(value, sourcesKeys) ?? null) : [];
  const within = [...text.matchAll(bracketedLabels)].flatMap(([labels]) => labelsIn(labels));
  const sources = [...new Set([...named, ...within])].slice(0, mostLabels);
  return { text: text.replace(bracketedLabels, '').trim(), sources };
}

/** `[S1]`, `(S1, S2)` within a sentence. Citations are shown by the note itself. */
const bracketedLabels = /\s?[[(【（]S\d{1,2}(?:[,;、，] {0,2}S\d{1,2}){0,9}[\])】）]/gi;
const numberAlone = /^\W{0,5}(?:sources?|document|ref(?:erence)?)?\W{0,5}(\d{1,2})\W{0,5}$/i;
const label = /(?<![\p{L}\p{N}])S[ -]?(\d{1,2})(?![\p{L}\p{N}])/giu;

/** `"S1"`, `"[S1]"`, `"s1, s2"`, `1`, `"[1]"`, `"Source 1"`, `["S1"]`, `[{"id": "S1"}]`. */
function labelsIn(value: LenientValue): string[] {
  if (typeof value === 'number') return Number.isInteger(value) ? [`S${value}`] : [];
  if (typeof value === 'string') {
    const text = value.slice(0, longestStep);
    const number = numberAlone.exec(text)?.[1];
    if (number !== undefined) return [`S${Number(number)}`];
    return [...text.matchAll(label)].map(([, number]) => `S${Number(number)}`);
  }
  if (Array.isArray(value))
    return value.slice(0, mostLabels).flatMap((one) => (Array.isArray(one) ? [] : labelsIn(one)));
  if (isObject(value)) return labelsIn(firstOf(value, ['label', 'id', 'source', 'name']) ?? null);
  return [];
}

/** A word that holds one of ours, or a share of 1 or of 100. Anything else is no confidence, and no reason to refuse. */
function confidenceOf(value: LenientValue): Confidence | undefined {
  const share = shareOf(value);
  if (share !== undefined) return share >= 2 / 3 ? 'high' : share >= 1 / 3 ? 'medium' : 'low';
  if (typeof value !== 'string') return undefined;
  const word = value.slice(0, 100).toLowerCase();
  return confidences.find((one) => word.includes(one)) ?? (word.includes('moderate') ? 'medium' : undefined);
}

function shareOf(value: LenientValue): number | undefined {
  const number = typeof value === 'string' ? /^\s{0,10}(\d{1,3}(?:\.\d{1,10})?)\s?%?/.exec(value)?.[1] : value;
  if (number === undefined || typeof number === 'boolean' || number === null || number === '') return undefined;
  const share = Number(typeof number === 'object' ? Number.NaN : number);
  if (!(share >= 0 && share <= 100)) return undefined;
  return share > 1 ? share / 100 : share;
}

function textOf(value: LenientValue | undefined): string {
  const texts = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
  return texts.join(' ').trim();
}

/** Also where another of the keys has a number, as in `{"step": 1, "action": "Restart it"}`. */
function firstText(object: LenientObject, keys: readonly string[]): string {
  return keys.map((key) => textOf(object.get(key))).find((text) => text !== '') ?? '';
}

function firstOf(object: LenientObject, keys: readonly string[]): LenientValue | undefined {
  for (const key of keys) {
    const value = object.get(key);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function isObject(value: LenientValue): value is LenientObject {
  return value instanceof Map;
}
