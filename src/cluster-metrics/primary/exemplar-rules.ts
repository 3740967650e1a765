/**
 * What OpenMetrics allows an exemplar to be. A scraper refuses the whole answer for a label that is not one.
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#exemplars
 *
 * Must not know: what the exemplar belongs to.
 */

/** Of all names and values together. */
const mostCharacters = 128;

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** @returns a sentence's predicate, or undefined when it may be printed */
export function exemplarFault(
  labels: Readonly<Record<string, string>>,
  value: number,
  timestamp: number,
): string | undefined {
  let characters = 0;
  for (const [name, label] of Object.entries(labels)) {
    if (!labelName.test(name)) return `has a label named ${JSON.stringify(name)}, which is no label name`;
    if (!label.isWellFormed()) return `has a label value ${JSON.stringify(label)}, which is not well-formed Unicode`;
    characters += name.length + lengthOf(label);
  }
  if (characters > mostCharacters)
    return `has ${characters} characters, more than the ${mostCharacters} of OpenMetrics`;
  if (!Number.isFinite(value) || !Number.isFinite(timestamp)) return 'has a value or a time that is not finite';
  return undefined;
}

/** Code points. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}
