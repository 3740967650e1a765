import { readFileSync } from 'node:fs';

/** The rights of a Redis user as docs/running.md gives them: what the docs say is what the tests try. */
export function documentedRules(): readonly string[] {
  const page = readFileSync('docs/running.md', 'utf8');
  const rules = /^ACL SETUSER enhancer on >PASSWORD (.+)$/m.exec(page)?.[1];
  if (rules === undefined) throw new Error('docs/running.md has no ACL SETUSER any more');
  return rules.split(' ');
}
