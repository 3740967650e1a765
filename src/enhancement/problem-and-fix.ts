import { sum } from './sum.js';
import type { Section, Sections } from './units.js';
import { countWords } from './words.js';

/** Sections of an article that tell a problem, and those that say what to do about it, by their headings. */

const fixHeading =
  /(?:\b(?:fix|r[eé]sol|solution|steps?\b|what to do|how to|workaround|procedure|remed|recover|repair|restor|lösung|behebung|abhilfe|vorgehen|anleitung|schritte|solución|pasos|procedimiento|marche à suivre|dépannage|soluzione|risol|passaggi|procedura|solução|passos|oplossing|stappen|rozwiązanie|kroki)|(?:^|\s)étapes|解决|解決|步骤|步驟|处理|處理|手順|対処)/iu;
const problemHeading =
  /^(?:the )?(?:sympt[oô]m|s[ií]ntom|objaw|probl[eè]m(?!behebung|lösung)|issue|fehlerbild|description|beschreibung|症状|问题|問題|现象|現象)/iu;
const causeHeading = /^(?:the )?(?:root )?(?:caus|ursache|oorzaak|przyczyna|原因)/iu;

export const tellsFix = ({ heading }: Section): boolean => fixHeading.test(heading);
/** `Symptoms`, `Problem description`, but not `Problems with printers`. */
const longestHeading = 2;
const isHeaded = (section: Section, by: RegExp): boolean =>
  by.test(section.heading) && countWords(section.heading) <= longestHeading && !tellsFix(section);

/** Sections from the problem to its fix: environment and cause may stand between. */
const nearestFix = 3;

/**
 * Of a problem or its cause the line behind the fix that follows. Other sections, as in an article of questions and answers, have
 * nothing to do with the next one.
 *
 * @param start of the section's units
 * @returns undefined if none follows, or there is no room for all up to it
 */
export function lineBehindFix(
  { reading, sections }: Sections,
  section: Section,
  start: number,
  maxWords: number,
): number | undefined {
  if (!isHeaded(section, problemHeading) && !isHeaded(section, causeHeading)) return undefined;
  const next = sections.indexOf(section) + 1;
  const behind = sections.slice(next, next + nearestFix);
  const fix = behind.findIndex(tellsFix);
  if (fix < 0 || behind.slice(0, fix).some(({ heading }) => problemHeading.test(heading))) return undefined;
  const units = [section.units.slice(start), ...behind.slice(0, fix + 1).map((one) => one.units)].flat();
  if (sum(units.map(({ words }) => words)) > maxWords) return undefined;
  const [from = 0, to = 0] = [units[0]?.start, units.at(-1)?.end];
  const own = reading.blocks.findLast(({ level, start: line }) => level > 0 && line < from)?.level ?? 0;
  const endsBefore = reading.blocks.some(({ level, start: line }) => {
    if (line < from || line >= to) return false;
    // Another chapter, or a signature, which is in no unit.
    return level > 0 ? level < own : !units.some((unit) => line >= unit.start && line < unit.end);
  });
  return endsBefore ? undefined : to;
}
