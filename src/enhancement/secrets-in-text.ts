import { withoutNamedSecrets } from './named-secrets.js';
import { withoutSecretCells } from './secrets-in-tables.js';

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
  // Tokens of AWS, GitHub, GitLab, Slack, Stripe, OpenAI, Google, npm, Vault, SendGrid, Shopify, DigitalOcean, PyPI and Atlassian.
  /(?<![\w-])(?:A[KS]IA[A-Z\d]{16}|gh[opsru]_\w{20,255}|github_pat_\w{20,255}|gl(?:pat|rt|dt|ptt)-[\w-]{20,255}|xox[abeoprs]-[\w-]{10,255}|xapp-[\w-]{10,255}|[prs]k_(?:live|test)_\w{10,255}|sk-[\w-]{20,255}|AIza[\w-]{35}|ya29\.[\w-]{20,400}|npm_\w{36}|hvs\.[\w-]{20,255}|SG\.[\w-]{16,64}\.[\w-]{16,64}|shp(?:at|ca|pa|ss)_\w{20,64}|do[opr]_v1_\w{40,80}|pypi-[\w-]{40,255}|ATATT3[\w=-]{40,255}|AGE-SECRET-KEY-1[A-Z\d]{40,80})(?![\w-])/g,
  /(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{8,4000}\.[\w-]{0,4000}/g,
  /(?<=\b(?:Bearer|Basic) )[\w.~+/=-]{16,4000}/gi,
  /(?<=:\/\/[^\s/:@]{1,100}:)[^\s/@]{1,200}(?=@)/g,
  /(?<=\bhooks\.slack\.com\/services\/)[\w/]{20,100}/g,
  // Of command lines.
  /(?<=\bcurl [^\n]{0,80}?(?:-u|--user) {0,2}["']?[^\s:"']{1,60}:)[^\s"']{3,200}/g,
  /(?<=\bsshpass -p {0,2}["']?|\bnet user [^\s/]{1,60} |\bConvertTo-SecureString (?:-String )?["']|\bIDENTIFIED (?:WITH \w{1,40} )?BY ["']|(?<!--name[ =])\bmysql(?:dump|admin|import)?(?:\.exe)? (?:-[^\n]{0,80} )?-p["']?|\bmachine \S{1,60} login \S{1,60} password )[^\s"'/][^\s"']{2,200}/g,
  /(?<=^ {0,8}(?:requirepass |masterauth |(?:enable|username \S{1,60}) (?:secret|password) \d ))\S{3,200}/gm,
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

/** The text with a mask for each secret. Linear. */
export function withoutSecrets(text: string): string {
  let clean = text;
  for (const shape of shapes) clean = clean.replace(shape, mask);
  clean = clean.replace(longNumber, (digits) => (isCardNumber(digits.replace(/\D/g, '')) ? mask : digits));
  return withoutNamedSecrets(withoutSecretCells(clean, mask), mask);
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
