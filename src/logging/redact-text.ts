import { cutText } from './cut-text.js';
import { withoutKnownSecrets } from './known-secrets.js';
import { scrub } from './scrub.js';

/** A text of any origin and length, without configured secrets and without what looks like one. */
export function redactText(text: string): string {
  return scrub(withoutKnownSecrets(cutText(text)));
}
