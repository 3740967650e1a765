import type { Excerpt } from './excerpt.js';
import { type Language, languages } from './note-words.js';
import type { Ticket } from './ticket.js';

type Detect = (text: string) => {
  readonly language: string;
  isReliable(): boolean;
  getScores(): Record<string, number>;
};

let detector: Promise<Detect> | undefined;

/**
 * The n-grams of 60 languages take 28 MB of the heap and 0.2 s to load, so that only processes that write notes have them. Chosen
 * by measurement: of 100 ticket texts in ten languages, a third of them of three words or fewer, eld's smallest set tells 98,
 * tinyld 93, franc-min 89.
 */
function detect(): Promise<Detect> {
  return (detector ??= import('eld/extrasmall').then(
    ({ eld }) =>
      (text) =>
        eld.detect(text),
  ));
}

/** To be called where waiting for the load adds to no note. */
export async function prepareLanguages(): Promise<void> {
  await detect();
}

/** Characters of a ticket that are looked at; more tell nothing new. */
const longestText = 2000;
/** For a text that is too short to be told for sure. A wrong language is worse than English. */
const leastScore = 0.75;

/** Text of programs, whatever the language around it: what is quoted, addresses, paths, codes. */
const notProse = /"[^"\n]*"|“[^“”\n]*”|„[^„“\n]*“|«[^«»\n]*»|`[^`\n]*`/gu;
const notWord = /[\d/\\_@=<>]/;
/** A text of these words alone tells nothing, and n-grams take it for other languages: "password reset", "broken screen". */
const international = new Set(
  `a account app audio backup broken browser camera chat client confluence dead desktop display driver e-mail email error exchange
  file firewall firmware hardware headset internet laptop link login logout mail monitor mouse my network new no not of offline on
  online outlook password pc printer reset router scanner screen server slow smartphone software stolen tablet teams the ticket to
  update upload usb video vpn web webcam website wifi wlan zoom`.split(/\s+/),
);
const isInternational = (word: string): boolean =>
  international.has(word.toLowerCase().replace(/^\P{L}+|\P{L}+$/gu, ''));

/** The language that a ticket is written in, `en` where it cannot be told or is none of those that notes are written in. */
export async function languageOf({ subject, description }: Pick<Ticket, 'subject' | 'description'>): Promise<Language> {
  const whole = `${subject}\n${description}`.slice(0, longestText);
  // Japanese has both scripts, Chinese one of them.
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(whole)) return 'ja';
  const prose = whole
    .replace(notProse, ' ')
    .split(/\s+/)
    .filter((word) => !notWord.test(word))
    .join(' ')
    // Decomposed accents are other n-grams.
    .normalize('NFC');
  const hanCharacters = prose.match(/\p{Script=Han}/gu)?.length ?? 0;
  const letters = prose.match(/\p{L}/gu)?.length ?? 0;
  if (hanCharacters * 4 > letters) return 'zh';
  if (prose.split(' ').every((word) => !/\p{L}/u.test(word) || isInternational(word))) return 'en';
  const found = (await detect())(prose);
  const language = languages.find((one) => one === found.language);
  if (language === undefined) return 'en';
  return found.isReliable() || (found.getScores()[language] ?? 0) >= leastScore ? language : 'en';
}

/**
 * The likely sources, then the possible ones in this language, then the other possible ones: among sources that are about as
 * probable, the one that its reader can read comes first.
 */
export async function inReadingOrder(excerpts: readonly Excerpt[], language: Language): Promise<Excerpt[]> {
  const first: Excerpt[] = [];
  const others: Excerpt[] = [];
  for (const excerpt of excerpts) {
    const { confidence, title, quote } = excerpt;
    const isFirst = confidence === 'likely' || (await languageOf({ subject: title, description: quote })) === language;
    (isFirst ? first : others).push(excerpt);
  }
  return [...first, ...others];
}
