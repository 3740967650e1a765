import { chinese } from './note-words/chinese.js';
import { dutch } from './note-words/dutch.js';
import { english } from './note-words/english.js';
import type { NoteWords } from './note-words/form.js';
import { french } from './note-words/french.js';
import { german } from './note-words/german.js';
import { italian } from './note-words/italian.js';
import { japanese } from './note-words/japanese.js';
import { polish } from './note-words/polish.js';
import { portuguese } from './note-words/portuguese.js';
import { spanish } from './note-words/spanish.js';

/** The languages that the words of a note are there in. */
export const languages = ['en', 'de', 'es', 'fr', 'it', 'pt', 'nl', 'pl', 'zh', 'ja'] as const;
export type Language = (typeof languages)[number];

export const noteWords: Readonly<Record<Language, NoteWords>> = {
  en: english,
  de: german,
  es: spanish,
  fr: french,
  it: italian,
  pt: portuguese,
  nl: dutch,
  pl: polish,
  zh: chinese,
  ja: japanese,
};

/** Puts values into the places of a sentence. Their own braces are text. */
export function filled(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{([a-z]+)\}/g, (place, name: string) => String(values[name] ?? place));
}
