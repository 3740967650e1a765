/**
 * Secrets that people write into tickets: nobody but their owner needs them, so no note quotes them and no model reads them. Articles are
 * published on purpose, and are shown as they are.
 */

/** Stands for a secret in every language. */
const mask = '•••••';

/** What is a secret wherever it stands, by its form. */
const shapes: readonly RegExp[] = [
  // PEM and PGP, encrypted ones too, and PuTTY's.
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----(?:BEGIN|END) )[^]){0,16000}(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/g,
  /(?<=\bPrivate-Lines: \d{1,4}\s{1,2})(?:[A-Za-z\d+/=]{1,80}(?:\s{1,2}|$)){1,300}/g,
  // Tokens of AWS, GitHub, GitLab, Slack, Stripe, OpenAI, Google and npm.
  /(?<![\w-])(?:A[KS]IA[A-Z\d]{16}|gh[opsru]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|xox[abeoprs]-[\w-]{10,255}|[prs]k_(?:live|test)_\w{10,255}|sk-[\w-]{20,255}|AIza[\w-]{35}|npm_\w{36})(?![\w-])/g,
  /(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{8,4000}\.[\w-]{0,4000}/g,
  /(?<=\b(?:Bearer|Basic) )[\w.~+/=-]{16,4000}/gi,
  /(?<=:\/\/[^\s/:@]{1,100}:)[^\s/@]{1,200}(?=@)/g,
  // BitLocker's recovery key, and keys of licences.
  /(?<![\w-])(?:\d{6}-){7}\d{6}(?![\w-])/g,
  /(?<![\w-])(?:[A-Z\d]{5}-){4}[A-Z\d]{5}(?![\w-])/g,
];

/** Numbers of payment cards, among others. Those of devices have the same checksum. */
const longNumber =
  /(?<!\b(?:IMEI|ICCID|MEID|serial|SN|S\/N)[^\d\n]{0,20})(?<![\p{L}\p{N}.-])\d(?:[ -]?\d){12,18}(?![\p{L}\p{N}-])/giu;
/** Visa, Mastercard, American Express, Discover, JCB and UnionPay, by their ranges in ISO/IEC 7812. */
const issued =
  /^(?:4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35\d{14}|62\d{14,17})$/;

/** They end a longer word, too: `dbPassword`, `Initialpasswort`. */
const longNames =
  'pass ?words?|pass ?codes?|passwd|passw[oö]rt|kennwort|zugangscode|contraseña|mot de passe|palavra-passe|wachtwoord|lösenord|adgangskode|passord|пароль';
const shortNames = [
  'pwd?|pass(?=\\s?[:=])|pins?(?: ?codes?)?|puk|psk|mdp|clave|senha|hasło|heslo|şifre|parola',
  '(?:api|access|account|secret|license|licence)[ _-]?key|(?:client[ _-])?secret|(?:access[ _-])?token',
].join('|');
const unspacedNames = '密码|密碼|口令|パスワード|暗証番号|비밀번호|암호';
const forWhom = '(?: (?:for|of|für|von|para|de|pour|di|voor|dla) [^\\s:=]{1,60})?';
const which = '(?: \\(?(?:new|temp|temporary|initial|neue?s?|nuev[ao]|nouveau|nuov[ao]|nov[ao]|nieuw|nowe)\\)?)?';
const marks = '["\'`*]{0,3}';
const changed =
  '(?: (?:has|have|was|is|will|been|now|set|reset|changed|updated|wurde|ist|neu|gesetzt|geändert|zurückgesetzt|ha|sido|cambiada|a|été|changé|è|stata|foi|alterada)){0,4}';
const becomes =
  ' (?:is|was|be|to|are|ist|war|lautet|auf|es|era|a|à|est|è|é|en|para|naar|na)(?: (?:now|jetzt|nun|ahora))?:?';
/** Between a name and what it names: `password: x`, `"password": "x"`, `| password | x |`, `has been set to x`, `Kennwort lautet x`. */
const link = [
  `${which}${marks}\\s{0,3}(?:[:=：|>]{1,2}|(?<=\\s)[-–](?=\\s))${marks}\\s{0,3}`,
  `(?:${changed}${becomes})?[ \\t](?!\\()`,
  // Alone on the next line.
  '\\r?\\n(?=\\S{4,200}[^\\S\\n]{0,3}(?:\\n|$))',
].join('|');
const value =
  '["\'„“«`*]{0,3}(?<value>(?:(?!</)[^\\s"\'„“”«»`，。、；\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}]){4,200})';
/** A name of a secret and the word behind it. */
const named = [
  new RegExp(
    `(?<name>${longNames}|(?<![\\p{L}\\p{N}@])(?:${shortNames}))(?![\\p{L}\\p{N}_-])${forWhom}(?<link>${link})${value}`,
    'giu',
  ),
  new RegExp(`(?<name>${unspacedNames})(?<link>\\s?(?:[:=：]|是|为|為|は|を|는)\\s?|\\s)${value}`, 'gu'),
];

const ending = /[.,;:!?)\]}*|]{1,10}$/;
const number = /^\d{4,12}$/;
const numeric = /^(?:pins?(?: ?codes?)?|puk|pass ?codes?|zugangscode|暗証番号)$/i;

/** What stands behind the name of a secret and is none. */
const noSecrets: readonly RegExp[] = [
  /:\/\//,
  // Error codes, and what a help desk numbers.
  /^0x[\da-f]+$/i,
  /^(?:AADSTS|KB|INC|REQ|RITM|CHG|PRB|TASK|CVE-)\d/,
  // Keys that are pressed together, variables and paths.
  /^(?:ctrl|strg|alt|altgr|shift|umschalt|maj|cmd|win)\+/i,
  /^(?:\$[{(]|\$\p{L}[\p{L}_]{0,60}$|%\w{1,60}%$|\{\{)/u,
  /^(?:[~.]{0,2}\/[\w.-]{1,60}\/|[a-z]:\\|\\\\)/i,
  // How long it is to be.
  /^\d+-?(?:char|cara[ct]|zeichen|stell|teken|znak|digit|d[ií]git|cifr|chiffr)/i,
];
/** As well where no colon or the like is between them. */
const noSecretsInSentences: readonly RegExp[] = [/^[A-Z]{2,8}\d{4,12}$/, /^\d+-?\p{L}+$/u];
/** What a password or a licence belongs to: `reset the password to office365`. */
const product =
  /^(?:office|o|m|microsoft|windows|win|exchange|outlook|sharepoint|teams|sql|sap|oracle|java|adobe|server|srv|host|vpn|wifi|wlan|app|db|pc|laptop)[-_.]?\d/i;

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
  if (word.length < 4 || word === mask || noSecrets.some((pattern) => pattern.test(word))) return false;
  if (number.test(word)) return numeric.test(name) || link !== ' ';
  const isSentence = !/[:=：|>]/.test(link);
  if (isSentence && noSecretsInSentences.some((pattern) => pattern.test(word))) return false;
  if ((isSentence || /licen[cs]e/i.test(name)) && product.test(word)) return false;
  return /\p{L}/u.test(word) && /[\d!#$%&*+=?@^~|]/.test(word);
}

/** By Luhn's checksum. */
function isCardNumber(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0 && issued.test(digits);
}
