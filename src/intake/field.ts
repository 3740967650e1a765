/** Reads a field of a desk's JSON, whichever form its own variables gave it. */

export type Scalar = string | number;

/** Where desks put the value of a field that is an object: `{"id": "3", "name": "High"}`. */
export const textKeys = ['content', 'html', 'text', 'body', 'name', 'value'] as const;
export const timeKeys = ['value', 'display_value'] as const;
export const idKeys = ['id', 'value'] as const;

/** @returns undefined for null, blank text, lists, and objects without one of the keys */
export function scalarOf(value: unknown, keys: readonly string[]): Scalar | undefined {
  switch (typeof value) {
    case 'string':
      return value.trim() === '' ? undefined : value;
    case 'number':
      return value;
    case 'boolean':
      return String(value);
    case 'object': {
      if (value === null || Array.isArray(value)) return undefined;
      for (const key of keys) {
        const one: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
        if (typeof one === 'number' || (typeof one === 'string' && one.trim() !== '')) return one;
      }
      return undefined;
    }
    default:
      return undefined;
  }
}

/** Whether a desk gave the field at all, if only in a form that is no use. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');
}
