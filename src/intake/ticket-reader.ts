import { isGiven, type Scalar, scalarOf, textKeys, timeKeys } from './field.js';
import { isRfc3339, momentOf } from './moment.js';
import { type Priority, priorityOf, type PriorityTable } from './priority.js';
import { readTicketId } from './ticket-id.js';
import { type ReadLongText, readSubject, readText } from './ticket-text.js';

/** Reads tickets as desks send them. What can be corrected is corrected and reported; anything else is refused. */

/** Fields of a webhook's body, of any type. */
export type Fields = Readonly<Record<string, unknown>>;

export interface FieldProblem {
  readonly field: string;
  /** The end of a sentence, such as "is missing". */
  readonly message: string;
}

export interface Reading<T> {
  readonly ticket: T;
  /** What was corrected, by field: `priority: has no known name, medium is used`. Quotes no value. */
  readonly mended: readonly string[];
}

/** @typeParam R what is read of a ticket that can be used */
export type TicketReading<R> = R | { readonly problems: readonly FieldProblem[] };

export interface NewTicketReading extends Reading<NewTicket> {
  /** The description is a note of this service, or contains one outside quotations: a rule on updates sent it. */
  readonly isOurNote: boolean;
}

export interface NewTicket {
  readonly ticketId: string;
  /** One of the two may be empty. */
  readonly subject: string;
  readonly description: string;
  readonly priority: Priority;
  /** RFC 3339. */
  readonly createdAt: string;
}

export interface SolvedTicket {
  readonly ticketId: string;
  readonly subject: string;
  readonly description: string;
  /** Empty: the ticket is not stored. */
  readonly resolution: string;
  /** RFC 3339. */
  readonly resolvedAt: string;
  readonly tags: readonly string[];
}

/** A new ticket, from the fields `ticket_id`, `subject`, `description`, `priority` and `created_at`. */
export async function readNewTicket(
  fields: Fields,
  { priorities, nowMs }: { readonly priorities: PriorityTable; readonly nowMs: number },
): Promise<TicketReading<NewTicketReading>> {
  const mends = new Mends();
  const reading = await readBasics(fields, mends);
  if ('problems' in reading) return reading;
  const { isOurNote, ...basics } = reading;
  const priority = readPriority(fields['priority'], priorities, mends);
  const createdAt = readTime(fields, 'created_at', nowMs, mends);
  return { ticket: { ...basics, priority, createdAt }, isOurNote, mended: mends.list };
}

/** A solved one, from `ticket_id`, `subject`, `description`, `resolution`, `resolved_at` and `tags`. */
export async function readSolvedTicket(fields: Fields, nowMs: number): Promise<TicketReading<Reading<SolvedTicket>>> {
  const mends = new Mends();
  const reading = await readBasics(fields, mends);
  if ('problems' in reading) return reading;
  const { isOurNote: _, ...basics } = reading;
  const resolution = await readResolution(fields, mends);
  const resolvedAt = readTime(fields, 'resolved_at', nowMs, mends);
  return { ticket: { ...basics, resolution, resolvedAt, tags: readTags(fields['tags'], mends) }, mended: mends.list };
}

class Mends {
  readonly list: string[] = [];

  add(field: string, what: string): void {
    this.list.push(`${field}: ${what}`);
  }
}

interface Basics {
  readonly ticketId: string;
  readonly subject: string;
  readonly description: string;
  /** The description is one, or contains one. */
  readonly isOurNote: boolean;
}

async function readBasics(
  fields: Fields,
  mends: Mends,
): Promise<Basics | { readonly problems: readonly FieldProblem[] }> {
  const read = readTicketId(fields['ticket_id']);
  const { subject, description, isOurNote } = await readTexts(fields, mends);
  const problems = [
    ...('problem' in read ? [{ field: 'ticket_id', message: read.problem }] : []),
    ...(subject === '' && description === ''
      ? [{ field: 'description', message: 'has no text, and neither has subject; one of them must have some' }]
      : []),
  ];
  if ('problem' in read || problems.length > 0) return { problems };
  return { ticketId: read.id, subject, description, isOurNote };
}

type Texts = Omit<Basics, 'ticketId'>;

async function readTexts(fields: Fields, mends: Mends): Promise<Texts> {
  const tidied = new Mends();
  const texts = await readTextsAs('tidied', fields, tidied);
  const isEmpty = texts.subject === '' && texts.description === '';
  // A ticket with nothing but the name of a picture or of a variable is not lost.
  const used = isEmpty ? new Mends() : tidied;
  const read = isEmpty ? await readTextsAs('whole', fields, used) : texts;
  mends.list.push(...used.list);
  return read;
}

/** `whole`: unfilled variables and the names of pictures are kept. */
type Manner = 'tidied' | 'whole';

async function readTextsAs(manner: Manner, fields: Fields, mends: Mends): Promise<Texts> {
  const subject = await readShortText(fields, 'subject', mends, manner);
  const { text, isOurNote } = await readLongText(fields, 'description', mends, { subject, manner });
  return { subject, description: text, isOurNote };
}

/**
 * A variable of a template alone: `{{ticket.title}}`, `#{ticket.title / no such object}`, `${subject}`, `##ticket.title##`,
 * `$Subject`. Desks send those that they do not know as they are, with the reason, or as their language prints a missing value.
 */
const unfilled =
  /^\s*(?:\{\{[^{}\n]{1,200}\}\}|[#$%]\{[^{}\n]{1,200}\}|##[\w.]{1,100}##|\$[A-Z][a-z]\w{0,60}|Liquid error: internal|null|undefined|None|nil)\s*$/;

/** The field's text. A value without text is reported, and read as empty. */
function textIn(fields: Fields, field: string, mends: Mends, manner: Manner): string {
  const value = fields[field];
  const scalar = scalarOf(value, textKeys);
  if (scalar === undefined && isGiven(value)) mends.add(field, 'holds no text, and is left empty');
  if (manner === 'tidied' && typeof scalar === 'string' && unfilled.test(scalar)) {
    mends.add(field, 'is a variable that the desk did not fill in, and is left empty; check its name in the webhook');
    return '';
  }
  return scalar === undefined ? '' : String(scalar);
}

async function readShortText(fields: Fields, field: string, mends: Mends, manner: Manner): Promise<string> {
  const { text, mended } = await readSubject(textIn(fields, field, mends, manner));
  if (mended.length > 0) mends.add(field, mended.join(', '));
  return text;
}

async function readLongText(
  fields: Fields,
  field: string,
  mends: Mends,
  { subject, manner }: { readonly subject: string; readonly manner: Manner },
): Promise<ReadLongText> {
  const read = await readText(textIn(fields, field, mends, manner), subject, manner === 'whole');
  if (read.mended.length > 0) mends.add(field, read.mended.join(', '));
  return read;
}

/** A desk that sends a ticket's last comment may send the note that this service has written. */
async function readResolution(fields: Fields, mends: Mends): Promise<string> {
  const { text, isOurNote } = await readLongText(fields, 'resolution', mends, { subject: '', manner: 'tidied' });
  if (!isOurNote) return text;
  mends.add('resolution', 'is a note of this service, and is left empty');
  return '';
}

function readPriority(value: unknown, own: PriorityTable, mends: Mends): Priority {
  const name = scalarOf(value, ['name', 'value', 'id']);
  const known = name === undefined ? undefined : priorityOf(String(name), own);
  if (known === undefined) {
    mends.add('priority', name === undefined ? 'is missing, medium is used' : 'has no known name, medium is used');
  } else if (known !== value) {
    mends.add('priority', `is read as ${known}`);
  }
  return known ?? 'medium';
}

function readTime(fields: Fields, field: string, nowMs: number, mends: Mends): string {
  const given: Scalar | undefined = scalarOf(fields[field], timeKeys);
  const ms = given === undefined ? undefined : momentOf(given);
  if (ms !== undefined && typeof given === 'string' && isRfc3339(given)) return given;
  const time = new Date(ms ?? nowMs).toISOString();
  if (ms !== undefined) mends.add(field, `is read as ${time}`);
  else
    mends.add(
      field,
      `${given === undefined ? 'is missing' : 'is not a time in a known form'}, the time of acceptance is used`,
    );
  return time;
}

const mostTags = 32;
const longestTag = 64;

/** A list, or one text with commas. */
function readTags(value: unknown, mends: Mends): string[] {
  const given: unknown[] =
    typeof value === 'string' ? value.slice(0, mostTags * longestTag).split(',') : Array.isArray(value) ? value : [];
  const tags = given.slice(0, mostTags).flatMap((one) => {
    const tag = scalarOf(one, textKeys);
    return tag === undefined ? [] : [String(tag).slice(0, longestTag).trim().toWellFormed()];
  });
  if (isGiven(value) && !(Array.isArray(value) && value.every((one, at) => one === tags[at]))) {
    mends.add('tags', `are read as a list of ${tags.length}`);
  }
  return tags;
}
