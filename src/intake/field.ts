/** Reads a field of a desk's JSON: a string, a number or an object with one of these. */

export type Scalar = string | number;

/** Where desks put the value of a field that is an object: `{"id": "3", "name": "High"}`. */
export const textKeys = ['content', 'html', 'text', 'body', 'name', 'value'] as const;
export const timeKeys = ['value', 'display_value', 'epochMillis'] as const;
export const idKeys = ['id', 'value'] as const;

/** @returns undefined for null, blank text, lists, and objects without one of the keys */
export function scalarOf(value: unknown, keys: readonly string[]): Scalar | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (const key of keys) {
    const one: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
    if (typeof one === 'number' || (typeof one === 'string' && one.trim() !== '')) return one;
  }
  return undefined;
}

/** Whether the field has any value, even one of an unusable form. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');
}
