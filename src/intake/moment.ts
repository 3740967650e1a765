/** Parses times as help desks write them. A time without a zone is UTC. */

/** Smaller counts are seconds, up to the year 5138. Larger ones are milliseconds or less: as milliseconds this is in 1973. */
const endOfSeconds = 1e11;
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const minuteMs = 60_000;

/** Characters. Every accepted form is shorter. */
const longestText = 100;

/** @returns milliseconds since 1970; undefined if it is not a time, or is ambiguous */
export function momentOf(value: string | number): number | undefined {
  const ms = typeof value === 'number' ? ofEpoch(value) : ofText(value);
  return ms !== undefined && ms >= 0 && ms <= lastMs ? ms : undefined;
}

/** Whether it has the form of RFC 3339, with seconds and a zone. */
export function isRfc3339(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text);
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970. Fourteen digits are a date. */
function ofEpoch(count: number): number | undefined {
  if (count >= 1e13 && count < 1e14) return ofText(String(count));
  let ms = count < endOfSeconds ? count * 1000 : count;
  while (ms >= 1000 * endOfSeconds && ms < 1e20) ms /= 1000;
  return Math.floor(ms);
}

function ofText(given: string): number | undefined {
  if (given.length > longestText) return undefined;
  const text = plainForm(given);
  const [, count] = /^(?:\/Date\()?((?:\d{9,13}|\d{16}|\d{19})(?:\.\d{1,9})?)(?:(?:[+-]\d{4})?\)\/)?$/.exec(text) ?? [];
  if (count !== undefined) return ofEpoch(Number(count));
  const ordered = /^\p{L}/u.test(text) ? withDateFirst(text) : text;
  for (const { form, read } of dateForms) {
    const [date, ...groups] = form.exec(ordered) ?? [];
    if (date === undefined) continue;
    const day = read(groups);
    const time = timeOf(ordered.slice(date.length));
    return day === undefined || time === undefined ? undefined : combine(day, time);
  }
  return undefined;
}

/**
 * Replaces every kind of white space by a space (ICU has others before AM and PM), and removes the direction marks of browsers
 * and a second name of the zone at the end: `+0100 (CET)`, `+01:00[Europe/Berlin]`.
 */
function plainForm(text: string): string {
  return text
    .replaceAll(/[\u200E\u200F]/g, '')
    .replaceAll('\u2212', '-')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/ ?(?:\([^()]*\)|\[[^[\]]*\])$/, '');
}

/** `Nov 23, 2026`, `Nov 23 10:00:00 2026`. Before any other date the word is a weekday, which may begin as a month does. */
const monthFirst = /^\p{L}+\.? \d\d?(?:st|nd|rd|th)?,? \d/u;

/** Removes the weekday, and moves the year before the time: C and Java write it after the time. */
function withDateFirst(text: string): string {
  const [weekday] = /^\p{L}{2,12}\.?,? (?=\d)/u.exec(text) ?? [];
  if (weekday !== undefined && !monthFirst.test(text)) return text.slice(weekday.length);
  const [, dated = ''] = /^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,? )?(.*)$/i.exec(text) ?? [];
  return dated
    .replace(/^([a-z]{3} \d\d?) (\d\d:\d\d:\d\d) ([a-z]{3,4}(?:[+-]\d\d:?\d\d)? )?(\d{4})$/i, '$1 $4 $2 $3')
    .trim();
}

interface Day {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

interface DateForm {
  readonly form: RegExp;
  readonly read: (groups: readonly string[]) => Day | undefined;
}

/**
 * First letters of the names of months, without accents, in the languages of the notes and some others. Names that begin as those of
 * another month are whole. Behind a dot `listopada` is Croatian, October; without one it is Polish, November.
 * `listopad` behind a dot may be Croatian or Czech, and is no month.
 */
const months: ReadonlyMap<string, number> = new Map([
  ['.listopad', Number.NaN] as const,
  ...[
    'jan gen ene sty led ian oca sij tam jaa янв яну січ јан ιαν',
    'feb fev lut uno sub velj hel vee фев лют φεβ',
    'mar mrt bre ozu maa мар бер μαρ',
    'apr avr abr kwi dub nis tra huh апр кві απρ',
    'may mai mei maj mag kve svi tou маи мая мај тра μαι',
    'jun juin giu cze iun haz cvn cerven cervna lipanj lipnja kes juun июн юни чер јун ιουν',
    'jul juil lug lip iul tem cvc cervenec cervence srpanj srpnja hei juul июл юли лип јул ιουλ',
    'aug aou ago sie srp agu kol avg elo авг сер αυγ',
    'sep set wrz zar eyl ruj sze syy сен сеп вер σεπ',
    'oct okt out ott paz rij eki lok .listopada окт жов οκτ',
    'nov lis noi kas stu marr ноя ное нов лис νοε',
    'dec dez dic gru pro ara des det jou дек дец гру δεκ',
  ].flatMap((names, i) => names.split(' ').map((name) => [name, i + 1] as const)),
]);

/** @param mark behind the number of the day, `.` or `th`: it decides about some names */
function monthNumber(name = '', mark = ''): number | undefined {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase();
  return (
    months.get(mark + plain) ?? months.get(plain) ?? months.get(plain.slice(0, 4)) ?? months.get(plain.slice(0, 3))
  );
}

function dayOf(year = '', month: string | number = '', day = ''): Day {
  return { year: Number(year.length === 2 ? `20${year}` : year), month: Number(month), day: Number(day) };
}

const dateForms: readonly DateForm[] = [
  // 2026-11-23, 2026/11/23, 2026. 11. 23., 2026年11月23日
  {
    form: /^(\d{4})[-/.年년] ?(\d\d?)[-/.月월] ?(\d\d?)[.日일]?/,
    read: ([year, month, day]) => dayOf(year, month, day),
  },
  // 20261123T…, 20261123100000
  { form: /^(\d{4})(\d\d)(\d\d)(?=T|\d{6}$)/, read: ([year, month, day]) => dayOf(year, month, day) },
  // 23.11.2026, 23.11.26
  { form: /^(\d\d?)\. ?(\d\d?)\. ?(\d{4}|\d\d(?!\d))/, read: ([day, month, year]) => dayOf(year, month, day) },
  // 11/23/2026, 23/11/2026, and not 11/12/2026; 11/23/26, and not 23/11/26, which may begin with the year
  {
    form: /^(\d\d?)[-/](\d\d?)[-/](\d{4}|\d\d(?!\d))/,
    read: ([first, second, year]) => {
      if (Number(second) > 12) return dayOf(year, first, second);
      return Number(first) > 12 && year?.length === 4 ? dayOf(year, second, first) : undefined;
    },
  },
  // Nov 23, 2026; November 23rd, 2026
  {
    form: /^(\p{L}{3,12})\.? (\d\d?)(?:st|nd|rd|th)?,? (\d{4})/iu,
    read: ([name, day, year]) => dayOf(year, monthNumber(name), day),
  },
  // 23/Nov/26, as Jira shows it, 23-Nov-2026
  {
    form: /^(\d\d?)[-/](\p{L}{3,12})\.?[-/](\d{4}|\d\d(?!\d))/u,
    read: ([day, name, year]) => dayOf(year, monthNumber(name), day),
  },
  // 23 Nov 2026, 23. November 2026, 23 de noviembre de 2026, 23 нояб. 2026 г., 23. studenoga 2026.
  {
    form: /^(\d\d?)(st|nd|rd|th|er|º|\.)? ?(?:de )?(\p{L}{3,12})\.?,? (?:de )?(\d{4})(?: [гр]\.|\.)?/iu,
    read: ([day, mark, name, year]) => dayOf(year, monthNumber(name, mark), day),
  },
  // 23 thg 11, 2026, 23 tháng 11 2026
  { form: /^(\d\d?) (?:thg|tháng) (\d\d?),? (\d{4})/, read: ([day, month, year]) => dayOf(year, month, day) },
  // 2026. november 23., 2026-Nov-23
  {
    form: /^(\d{4})[-/. ]{1,2}(\p{L}{3,12})[-/. ]{1,2}(\d\d?)\.?/u,
    read: ([year, name, day]) => dayOf(year, monthNumber(name), day),
  },
];

/** Zone names of RFC 2822, and others that are unambiguous; in hours from UTC. */
const namedZones: Readonly<Record<string, number>> = {
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  wet: 0,
  west: 1,
  cet: 1,
  cest: 2,
  eet: 2,
  eest: 3,
  msk: 3,
  jst: 9,
  aest: 10,
  aedt: 11,
};

/**
 * AM or PM in Chinese, Japanese or Korean; hours, minutes, seconds, fraction; AM or PM; then the zone: a sign with hours and
 * minutes, optionally followed by a name, or a name alone.
 */
const timeForm =
  /^(?:T|,? ?(?:(?:at|um|om|à|às|alle|a las|kl\.|klo) )?)([上午下前後오전후]{2} ?)?(\d\d?)(?:[:.h時时点]|시 ?)?(\d\d)[分분]?(?:[:.]?(\d\d)(?:[.,](\d{1,9}))?)?(?: ?([ap])\.? ?m\.?)?(?: uhr)? ?(?:z|(?:utc|gmt)?(?:([+-])(\d\d?):?(\d\d)?(?: [a-z]{3,4})?)?|([a-z]{3,4}))$/i;
const afternoons = /[下後후]/;

interface Time {
  /** Milliseconds since midnight. */
  readonly ms: number;
  readonly zoneMinutes: number;
}

/** @param rest what follows the date */
function timeOf(rest: string): Time | undefined {
  if (rest === '') return { ms: 0, zoneMinutes: 0 };
  const found = timeForm.exec(rest);
  if (found === null) return undefined;
  const [
    ,
    eastern,
    hours,
    minutes,
    seconds = '0',
    fraction = '0',
    latin,
    sign,
    zoneHours = '0',
    zoneMinutes = '0',
    zone,
  ] = found;
  const half = eastern === undefined ? latin : afternoons.test(eastern) ? 'p' : 'a';
  const hour = half === undefined ? Number(hours) : hourOfHalf(Number(hours), half);
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 60 || Number(zoneMinutes) > 59) return undefined;
  const wholeMs = (hour * 60 + Number(minutes)) * minuteMs + Number(seconds) * 1000;
  const hoursFromUtc =
    zone === undefined ? Number(zoneHours) + Number(zoneMinutes) / 60 : namedZones[zone.toLowerCase()];
  if (hoursFromUtc === undefined) return undefined;
  const offset = hoursFromUtc * 60;
  return { ms: wholeMs + Math.floor(Number(`0.${fraction}`) * 1000), zoneMinutes: sign === '-' ? -offset : offset };
}

/** @returns 24, which the caller refuses, for an hour that does not exist, such as 13 PM */
function hourOfHalf(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return 24;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

function combine({ year, month, day }: Day, { ms, zoneMinutes }: Time): number | undefined {
  const midnight = new Date(Date.UTC(year, month - 1, day));
  // February 30 would be March 2.
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  return midnight.getTime() + ms - zoneMinutes * minuteMs;
}
