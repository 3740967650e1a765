import { idKeys, scalarOf } from './field.js';

export const ticketIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** @returns the id, or what is wrong with it, as the rest of a sentence */
export function readTicketId(value: unknown): { readonly id: string } | { readonly problem: string } {
  if (value === undefined || value === null) return { problem: 'is missing' };
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    return {
      problem: Number.isInteger(value)
        ? 'is a number of too many digits; send it as a string'
        : 'must be a whole number, or a string',
    };
  }
  const id = String(scalarOf(value, idKeys) ?? '')
    .trim()
    .replace(/^#/, '');
  return ticketIdPattern.test(id) ? { id } : { problem: 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -' };
}
