import { z } from 'zod';

/** The keys of the tenants file that shape a tenant's notes. */

/** Languages that src/enhancement/note-words.ts has texts for. */
const noteLanguages = ['en', 'de', 'es', 'fr', 'it', 'pt', 'nl', 'pl', 'zh', 'ja'] as const;

/** Address of a source. `{id}` may not be in the host: an id must not decide where agents are sent. */
const linkTemplate = z
  .string()
  .max(1000)
  .refine((template) => isWebAddress(template), 'must be an http:// or https:// address without a user or password')
  .refine(
    (template) => /^https?:\/\/[^/?#{}]{1,300}[/?#]/i.test(template) && template.includes('{id}'),
    'must hold {id}, behind the host',
  );

function isWebAddress(template: string): boolean {
  const address = template.replaceAll('{id}', 'id');
  if (!URL.canParse(address) || /\s/.test(template)) return false;
  const { protocol, username, password } = new URL(address);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

export const noteFields = {
  /** Language of the note's own words. */
  language: z
    .enum(['auto', ...noteLanguages], { error: `must be auto or one of ${noteLanguages.join(', ')}` })
    .default('auto'),
  notes: z
    .strictObject({
      when_nothing_found: z.enum(['silent', 'short'], { error: 'must be silent or short' }).default('silent'),
      style: z.enum(['full', 'short'], { error: 'must be full or short' }).default('full'),
    })
    .prefault({}),
  links: z.strictObject({ ticket: linkTemplate.optional(), article: linkTemplate.optional() }).prefault({}),
};
