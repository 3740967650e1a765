/** A word for each kind of source. */
type OfSources = Readonly<Record<'ticket_history' | 'knowledge_base' | 'inventory', string>>;

/** A note's own words. `{…}` is filled in; quotes of sources stay in the language that they were written in. */
export interface NoteWords {
  /** Headlines: what was found. `{title}` is an article's or a ticket's, `{id}` a ticket's. */
  readonly likelyArticle: string;
  readonly likelyTicket: string;
  readonly possiblyRelated: string;
  readonly systems: string;
  readonly nothing: string;
  readonly suggestion: string;
  /** Before the name of a source, in parentheses behind its title. */
  readonly kind: OfSources;
  readonly likely: string;
  readonly possible: string;
  readonly section: string;
  /** Of a system: `{value}` is in the words of the inventory. */
  readonly status: string;
  readonly owner: string;
  /** Around facts behind a name, and between the things of a list. */
  readonly marks: { readonly open: string; readonly close: string; readonly comma: string };
  readonly sources: string;
  /** Of a language model's answer. */
  readonly confidence: Readonly<Record<'low' | 'medium' | 'high', string>>;
  readonly unsupported: string;
  readonly summaryShortened: string;
  /** `{count}` may be 1. */
  readonly stepsLeftOut: string;
  readonly addressRemoved: string;
  /** Remarks at the end. `{sources}` is a list of `searched`. */
  readonly notSearched: string;
  readonly searched: OfSources;
  readonly byModel: string;
  readonly noModel: string;
  readonly modelFailed: string;
}

/** Those of languages that are written with blanks. */
export const latinMarks: NoteWords['marks'] = { open: ' (', close: ')', comma: ', ' };
