/** Reads when something happened, as help desks write it. A time without a zone is read as UTC. */

/** Below it a number is in seconds: as milliseconds it would be of 1973, as seconds of 5138. */
const firstMilliseconds = 1e11;
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const minuteMs = 60_000;

/** Characters. No form of a time is longer. */
const longestText = 64;

/** @returns milliseconds since 1970; undefined when it is no time, or may be read in two ways */
export function momentOf(value: string | number): number | undefined {
  const ms = typeof value === 'number' ? ofEpoch(value) : ofText(value.trim());
  return ms !== undefined && ms >= 0 && ms <= lastMs ? ms : undefined;
}

/** Whether it has the form of RFC 3339, with seconds and a zone. */
export function isRfc3339(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text);
}

function ofEpoch(count: number): number {
  return Math.floor(count < firstMilliseconds ? count * 1000 : count);
}

function ofText(text: string): number | undefined {
  if (text.length > longestText) return undefined;
  if (/^\d{9,13}(?:\.\d{1,9})?$/.test(text)) return ofEpoch(Number(text));
  const ordered = /^[a-z]/i.test(text) ? withDateFirst(text) : text;
  for (const { form, read } of dateForms) {
    const [date, ...groups] = form.exec(ordered) ?? [];
    if (date === undefined) continue;
    const day = read(groups);
    const time = timeOf(ordered.slice(date.length));
    return day === undefined || time === undefined ? undefined : combine(day, time);
  }
  return undefined;
}

/** Without a weekday, and with the year before the time: C writes it behind. */
function withDateFirst(text: string): string {
  const [, dated = ''] = /^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,? )?(.*)$/i.exec(text) ?? [];
  return dated.replace(/^([a-z]{3} {1,2}\d\d?) (\d\d:\d\d:\d\d) (\d{4})$/i, '$1 $3 $2');
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

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function dayOf(year = '', month: string | number = '', day = ''): Day {
  return { year: Number(year), month: Number(month), day: Number(day) };
}

function monthNumber(name = ''): number {
  return months.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

const dateForms: readonly DateForm[] = [
  // 2026-11-23, 2026/11/23
  { form: /^(\d{4})[-/](\d\d?)[-/](\d\d?)/, read: ([year, month, day]) => dayOf(year, month, day) },
  // 20261123T…
  { form: /^(\d{4})(\d\d)(\d\d)(?=T)/, read: ([year, month, day]) => dayOf(year, month, day) },
  // 23.11.2026
  { form: /^(\d\d?)\.(\d\d?)\.(\d{4})/, read: ([day, month, year]) => dayOf(year, month, day) },
  // 11/23/2026, 23/11/2026, and not 11/12/2026
  {
    form: /^(\d\d?)[-/](\d\d?)[-/](\d{4})/,
    read: ([first, second, year]) => {
      if (Number(first) > 12) return dayOf(year, second, first);
      return Number(second) > 12 ? dayOf(year, first, second) : undefined;
    },
  },
  // Nov 23, 2026; November 23rd, 2026
  {
    form: /^([a-z]{3,9})\.? {1,2}(\d\d?)(?:st|nd|rd|th)?,? (\d{4})/i,
    read: ([name, day, year]) => dayOf(year, monthNumber(name), day),
  },
  // 23 Nov 2026, 23-Nov-2026
  {
    form: /^(\d\d?)(?:st|nd|rd|th|\.)?[ -]([a-z]{3,9})\.?,?[ -](\d{4})/i,
    read: ([day, name, year]) => dayOf(year, monthNumber(name), day),
  },
];

/** Those of RFC 2822, in hours from UTC. */
const namedZones: Readonly<Record<string, number>> = {
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};

/** Hours, minutes, seconds, their fraction, half of the day, and the zone as a sign with hours and minutes or as a name. */
const timeForm =
  /^(?:T|,? (?:at )?)(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?(?: ?([ap])\.?m\.?)? ?(?:z|(?:utc|gmt)?(?:([+-])(\d\d?):?(\d\d)?)?|([ecmp][sd]t))$/i;

interface Time {
  /** Since midnight. */
  readonly ms: number;
  readonly zoneMinutes: number;
}

/** @param rest what follows the date */
function timeOf(rest: string): Time | undefined {
  if (rest === '') return { ms: 0, zoneMinutes: 0 };
  const found = timeForm.exec(rest);
  if (found === null) return undefined;
  const [, hours, minutes, seconds = '0', fraction = '0', half, sign, zoneHours = '0', zoneMinutes = '0', zone] = found;
  const hour = half === undefined ? Number(hours) : hourOfHalf(Number(hours), half);
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 60 || Number(zoneMinutes) > 59) return undefined;
  const wholeMs = (hour * 60 + Number(minutes)) * minuteMs + Number(seconds) * 1000;
  const offset = zone === undefined ? Number(zoneHours) * 60 + Number(zoneMinutes) : zoneOf(zone);
  return { ms: wholeMs + Math.floor(Number(`0.${fraction}`) * 1000), zoneMinutes: sign === '-' ? -offset : offset };
}

/** 24, which is refused, for 13 PM. */
function hourOfHalf(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return 24;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

function zoneOf(name: string): number {
  return (namedZones[name.toLowerCase()] ?? 0) * 60;
}

function combine({ year, month, day }: Day, { ms, zoneMinutes }: Time): number | undefined {
  const midnight = new Date(Date.UTC(year, month - 1, day));
  // February 30 would be March 2.
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  return midnight.getTime() + ms - zoneMinutes * minuteMs;
}
