import type { Excerpt } from './excerpt.js';

/** Where a tenant's sources can be opened. Each template is a web address with `{id}` in it. */
export interface LinkTemplates {
  readonly ticket?: string | undefined;
  readonly article?: string | undefined;
}

/** The address of a source, if the tenant names one for its kind. */
export function addressOf({ source, id }: Excerpt, { ticket, article }: LinkTemplates): string | undefined {
  switch (source) {
    case 'ticket_history':
      return filledIn(ticket, id);
    case 'knowledge_base':
      return filledIn(article, id);
    case 'inventory':
      return undefined;
  }
}

/** The slashes of an article in a folder stay. An id of dots would leave the template's path, and has no address. */
function filledIn(template: string | undefined, id: string): string | undefined {
  const segments = id.toWellFormed().split('/');
  if (template === undefined || segments.some((segment) => /^\.*$/.test(segment))) return undefined;
  return template.replaceAll('{id}', () => segments.map(encodeURIComponent).join('/'));
}
