/**
 * Secrets that people write into tickets: nobody but their owner needs them, so no note quotes them and no model reads them. Articles are
 * published on purpose, and are shown as they are.
 */

/** Stands for a secret in every language. */
const mask = '•••••';

/** What is a secret wherever it stands, by its form. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,8000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  // Tokens of AWS, GitHub, GitLab, Slack, Stripe, OpenAI, Google and npm.
  /(?<![\w-])(?:A[KS]IA[A-Z\d]{16}|gh[opsru]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|xox[abeoprs]-[\w-]{10,255}|[prs]k_(?:live|test)_\w{10,255}|sk-[\w-]{20,255}|AIza[\w-]{35}|npm_\w{36})(?![\w-])/g,
  /(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{8,4000}\.[\w-]{0,4000}/g,
  /(?<=\b(?:Bearer|Basic) )[\w.~+/=-]{16,4000}/gi,
  /(?<=:\/\/[^\s/:@]{1,100}:)[^\s/@]{1,200}(?=@)/g,
  // BitLocker's recovery key, and keys of licences.
  /(?<![\w-])(?:\d{6}-){7}\d{6}(?![\w-])/g,
  /(?<![\w-])(?:[A-Z\d]{5}-){4}[A-Z\d]{5}(?![\w-])/g,
];

/** Numbers of payment cards, among others. */
const longNumber = /(?<![\p{L}\p{N}.-])\d(?:[ -]?\d){12,18}(?![\p{L}\p{N}-])/gu;

const names = [
  'pass ?words?|pass ?codes?|passwd|pwd?|pass(?=\\s?[:=])|pins?(?: ?codes?)?|puk|passw[oö]rt|kennwort|zugangscode|contraseña|clave|mot de passe|mdp',
  'senha|palavra-passe|wachtwoord|hasło|(?:api|access|secret|license|licence)[ _-]?key|(?:client[ _-])?secret|(?:access[ _-])?token',
].join('|');
const links = 'is|was|to|are|ist|war|lautet|auf|es|era|a|est|è|é|para|to|naar|na';
const forWhom = '(?: (?:for|of|für|von|para|de|pour|di|voor|dla) [^\\s:=]{1,60})?';
const value = '["\'„“«`]?(?<value>[^\\s"\'„“”«»`，。、；]{4,80})';
/** A name of a secret and the word behind it: `password: x`, `Kennwort lautet x`, `new PIN x`, `密码是x`. */
const link = `(?: \\p{L}{2,20})?\\s{0,3}[:=：]\\s{0,3}| (?:${links}):? |[ (]`;
const named = [
  new RegExp(`(?<![\\p{L}\\p{N}_.@/-])(?<name>${names})(?![\\p{L}\\p{N}_-])${forWhom}(?<link>${link})${value}`, 'giu'),
  new RegExp(`(?<name>密码|密碼|口令|パスワード|暗証番号)(?<link>\\s?(?:[:=：]|是|为|為|は|を)\\s?)${value}`, 'gu'),
];

const belongs = /^ (?:to|a|para|naar|na):? $/i;
const ending = /[.,;:!?)\]]{1,10}$/;
const number = /^\d{4,12}$/;
const numeric = /^(?:pins?(?: ?codes?)?|puk|pass ?codes?|zugangscode|暗証番号)$/i;

/** The text with a mask for each secret. Linear. */
export function withoutSecrets(text: string): string {
  let clean = text;
  for (const shape of shapes) clean = clean.replace(shape, mask);
  clean = clean.replace(longNumber, (digits) => (isCardNumber(digits.replace(/\D/g, '')) ? mask : digits));
  for (const pattern of named) {
    clean = clean.replace(pattern, (whole: string, ...rest) => {
      const groups: { readonly name: string; readonly link: string; readonly value: string } = rest.at(-1);
      const secret = groups.value.replace(ending, '');
      return isSecret(secret, groups)
        ? `${whole.slice(0, whole.length - groups.value.length)}${mask}${groups.value.slice(secret.length)}`
        : whole;
    });
  }
  return clean;
}

/** Letters with digits or with marks between them. A word is none: `password: expired`. */
function isSecret(word: string, { name, link }: { readonly name: string; readonly link: string }): boolean {
  if (word.length < 4 || word.includes('://') || word === mask) return false;
  if (number.test(word)) return numeric.test(name) || /[:=：]/.test(link);
  const hasLetter = /\p{L}/u.test(word);
  const hasDigit = /\d/.test(word);
  // What a password belongs to: `reset the password to office365`.
  if (belongs.test(link) && /^\p{Ll}+\d+$/u.test(word)) return false;
  // Error codes, and what is counted: `14-character`, `24h`.
  if (/^(?:0x[\da-f]+|\d+-?\p{L}+)$/iu.test(word) && !/[:=：]/.test(link)) return false;
  return hasLetter && (hasDigit || /[!#$%&*+=?@^~|]/.test(word));
}

/** By Luhn's checksum, ISO/IEC 7812. */
function isCardNumber(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0 && !digits.startsWith('0');
}
