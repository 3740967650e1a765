import type { LinkTemplates } from './links.js';
import type { Language } from './note-words.js';

/** How a tenant wants its notes. */
export interface NotePreferences {
  /** Of the note's own words. `auto`: that of the ticket. */
  readonly language: 'auto' | Language;
  /** `silent`: no note. `short`: a note of one sentence. */
  readonly whenNothingFound: 'silent' | 'short';
  /** `short`: the best source is quoted, the others are named. */
  readonly style: 'full' | 'short';
  readonly links: LinkTemplates;
  readonly maxWords: number;
}
