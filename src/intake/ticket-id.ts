import { idKeys, scalarOf } from './field.js';

export const ticketIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** @returns the id, or the problem, as the end of a sentence */
export function readTicketId(value: unknown): { readonly id: string } | { readonly problem: string } {
  if (value === undefined || value === null) return { problem: 'is missing' };
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    return {
      problem: Number.isInteger(value)
        ? 'is a number of too many digits; send it as a string'
        : 'must be a whole number, or a string',
    };
  }
  const id = plainId(String(scalarOf(value, idKeys) ?? '').trim());
  return ticketIdPattern.test(id) ? { id } : { problem: 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -' };
}

/**
 * `#1001`, `[#1001]`, `##RE-1001##`, `[desk.example #1001]`, `Ticket#1001`, and numbers as templates write them for people: `1,001`,
 * `1.001`, `1001.0`. Not the number behind another, `project-1#12`: it is not unique.
 */
function plainId(written: string): string {
  const id = written
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/^[[(#]{1,3}/, '')
    .replace(/[\])#]{1,3}$/, '')
    .replace(/^[\p{L}. :_-]{1,40}# ?(?=[\w-]{1,64}$)/u, '');
  if (/^\d{1,3}(?:[,.'’\s]\d{3}){1,6}$/.test(id)) return id.replaceAll(/\D/g, '');
  return /^\d{1,18}\.0{1,2}$/.test(id) ? id.slice(0, id.indexOf('.')) : id;
}
