import { performance } from 'node:perf_hooks';
import { addressesIn, prepareAddresses, withoutUnknownAddresses } from './addresses.js';
import type { Context } from './context.js';
import { EnhancementError } from './errors.js';
import { notSearched, relevant } from './extractive.js';
import { type ModelNote, readModelAnswer } from './model-answer.js';
import type { Note, Part } from './note.js';
import { filled, type Language, noteWords } from './note-words.js';
import { type Grounding, groundingIn, type ReadSource, readSource, readText, textOf } from './grounding.js';
import { createLoopTurns } from './loop-turns.js';
import type { PipelineObserver } from './observer.js';
import { firstSentence } from './passage.js';
import type { Excerpt } from './excerpt.js';
import type { LanguageModel, ModelAnswer, ModelRequest } from './ports.js';
import { buildPrompt, type Prompt } from './prompt.js';
import type { Ticket } from './ticket.js';
import { countWords } from './words.js';

/** Characters of an unusable answer that the model is shown again. */
const longestRepaired = 4000;

export interface ModelNoteRequest {
  readonly ticket: Ticket;
  readonly context: Context;
  /** Of the note's own words; the model is asked for that of the ticket. */
  readonly language: Language;
  readonly model: LanguageModel;
  readonly observer: Pick<PipelineObserver, 'tokensUsed' | 'answerRepaired'>;
  /**
   * A pause that the endpoint asks for may last until then, in terms of `performance.now()`. Default: no longer than the model's own
   * time.
   */
  readonly pauseUntilMs?: number;
}

/**
 * Has the model write the note. What it returns is a stranger's text too: it is validated, citations of anything but
 * the retrieved sources are dropped, and addresses that stand in no cited source are taken out. An unusable answer is
 * followed by one request to repair it, within the model's time.
 *
 * @throws {EnhancementError} `MODEL_*` when there is no usable answer; the signal's reason when that aborted
 */
export async function modelNote(request: ModelNoteRequest, signal: AbortSignal): Promise<Note> {
  const { ticket, context, model, observer, pauseUntilMs } = request;
  const { similar, systems } = relevant(context.excerpts);
  const prompt = buildPrompt(ticket, [...similar, ...systems]);
  const untilMs = performance.now() + model.timeoutMs;
  const ask = async (asked: ModelRequest): Promise<ModelAnswer> => {
    const answer = await model.complete(asked, signal);
    observer.tokensUsed(model.model, answer.promptTokens, answer.completionTokens);
    return answer;
  };
  const answering = ask({ ...prompt, untilMs, ...(pauseUntilMs === undefined ? {} : { pauseUntilMs }) });
  prepareAddresses();
  const answer = await answering;
  const reading = readModelAnswer(answer.content);
  if (reading.kind === 'note') return toNote(request, reading.note, sent(prompt, answer));
  if (untilMs <= performance.now()) throw invalidAnswer(reading.problem);
  const repair = { answer: answer.content.slice(0, longestRepaired).toWellFormed(), problem: reading.problem };
  try {
    const repaired = await ask({ ...prompt, untilMs, repair });
    const second = readModelAnswer(repaired.content);
    if (second.kind === 'unusable') throw invalidAnswer(second.problem);
    observer.answerRepaired(model.model, 'repaired', reading.problem);
    return await toNote(request, second.note, sent(prompt, repaired));
  } catch (error) {
    observer.answerRepaired(model.model, 'failed', reading.problem);
    throw error;
  }
}

/** What the model was given: it cannot cite what did not fit into its context. */
function sent(prompt: Prompt, { within }: ModelAnswer): Prompt {
  return within === undefined ? prompt : prompt.within(within);
}

/** @param problem completes "The answer …" */
function invalidAnswer(problem: string): EnhancementError {
  return new EnhancementError('MODEL_ANSWER_INVALID', `The language model's answer ${problem}.`);
}

/** In turns of the event loop: comparing a long answer with long sources takes longer than the loop may be blocked. */
async function toNote(
  { ticket, context, language }: ModelNoteRequest,
  { summary, steps, confidence }: ModelNote,
  { sources }: Prompt,
): Promise<Note> {
  const words = noteWords[language];
  const turns = createLoopTurns();
  const read = new Map<Excerpt, ReadSource>();
  for (const source of sources.values()) {
    await turns.pause();
    read.set(source, readSource(source));
  }
  const readOf = (cited: readonly Excerpt[]): ReadSource[] =>
    cited.map((source) => read.get(source)).filter((one) => one !== undefined);
  await turns.pause();
  const said = [summary, ...steps.map(({ text }) => text)].join('\n');
  const asked = readText(`${ticket.subject}\n${ticket.description}`);
  const groundingOf = groundingIn(said, asked, [...read.values()]);
  const judged: { text: string; cited: Excerpt[]; grounding: Grounding }[] = [];
  for (const { text, sources: labels } of steps) {
    await turns.pause();
    const cited = [...new Set(labels)].map((label) => sources.get(label)).filter((source) => source !== undefined);
    judged.push({ text, cited, grounding: groundingOf(text, readOf(cited)) });
  }
  const kept = judged.filter(({ grounding }) => grounding !== 'foreign-command');
  const all = new Set(kept.flatMap(({ cited }) => cited));
  // An address that stands in no cited source is one that the model made up, or that the ticket's author talked it into.
  const addresses = new Set<string>();
  for (const source of all) {
    await turns.pause();
    for (const address of addressesIn([textOf(source)])) addresses.add(address);
  }
  const clean = async (text: string): Promise<string> => {
    await turns.pause();
    return withoutUnknownAddresses(text, addresses, words.addressRemoved);
  };
  // A summary may say what no source says and quote the ticket, but it must not tell anyone to run something.
  const lines: string[] = [];
  const given = summary.split('\n').filter((line) => line.trim() !== '');
  for (const line of given) {
    await turns.pause();
    if (groundingOf(line, [...read.values()], [asked]) !== 'foreign-command') lines.push(await clean(line));
  }
  const { headline, rest } = headlineIn(lines.join('\n'), words.suggestion);
  const parts: Part[] = rest === '' ? [] : [{ kind: 'paragraph', text: rest }];
  if (lines.length < given.length) parts.push({ kind: 'paragraph', text: words.summaryShortened });
  for (const [i, { text, cited, grounding }] of kept.entries()) {
    const mark = grounding === 'supported' ? '' : ` ${words.unsupported}`;
    parts.push({ kind: 'step', number: i + 1, text: `${await clean(text)}${mark}`, sources: cited });
  }
  const dropped = judged.length - kept.length;
  if (dropped > 0) parts.push({ kind: 'paragraph', text: filled(words.stepsLeftOut, { count: dropped }) });
  if (confidence !== undefined) parts.push({ kind: 'paragraph', text: words.confidence[confidence] });
  if (all.size > 0) parts.push({ kind: 'subheading', text: words.sources });
  for (const source of all) parts.push({ kind: 'source', source, isQuoted: false });
  return { mode: 'llm', language, headline, parts, remarks: [...notSearched(context.failed, words), words.byModel] };
}

/** Words. A first sentence of more is text, not a headline. */
const longestHeadline = 25;

/** The finding is what the summary begins with. */
function headlineIn(summary: string, otherwise: string): { headline: string; rest: string } {
  const { first, rest } = firstSentence(summary.trim());
  if (first === '' || countWords(first, longestHeadline) > longestHeadline)
    return { headline: otherwise, rest: summary.trim() };
  return { headline: first, rest: rest.trim() };
}
