import { accountNames, kindOfName, passwords, shortNames, unspacedNames } from './secret-names.js';
import { isSecret, type SecretLink } from './secret-values.js';

/** Secrets behind their names: in sentences, forms, command lines and configurations. */

const anyOf = (...alternatives: readonly string[]): string => `(?:${alternatives.join('|')})`;

/** `password for kim`, `password for user kim` */
const recipient = ` (?:for|of|für|von|para|de|pour|di|voor|dla) (?:${accountNames} )?(?!${accountNames} )[^\\s:=]{1,60}`;
/** Any more words where a value must follow: `password on the router: x`. Tried second, because the last word may be the secret. */
const recipients =
  '(?<more> (?:for|of|on|für|von|vom|para|de|pour|di|voor|dla) (?:[^\\s:=.,;]{1,30} ){0,3}[^\\s:=.,;]{1,30}(?=\\s?[:=：]| (?:is|ist|lautet|es|est|è|é|to) ))';
const adjectives =
  'new temp\\p{L}* initial inicial iniziale provis\\p{L}* provvis\\p{L}* tymczasowe neue?s? nuev[ao] nouveau nuov[ao] nov[ao] nieuw nowe';
const adjective = `(?: ${anyOf(...adjectives.split(' '))}| \\([^()\\n]{1,30}\\))?`;
const quotes = '(?:\\\\?["\'`*]){0,3}';
const tags = '(?:</?(?:b|strong|i|em|u|span|code|font|kbd|tt|p|div|pre|br)(?: [^<>\\n]{0,60})?>\\s{0,20}){0,3}';
const attributes = '(?: [\\w:-]{1,30}=["\'][^"\'<>\\n]{0,60}["\']){0,3}';
const auxiliaries = [
  'has have was is will been now set reset changed updated',
  'wurde ist neu gesetzt geändert zurückgesetzt gereset gewijzigd zostało zmienione',
  'ha sido cambiada restablecida a été changé réinitialisé è stata reimpostata foi alterada redefinida',
].flatMap((words) => words.split(' '));
const verbs = 'is was be to are ist war lautet auf es era a à est è é en para naar na'.split(' ');
const done = `(?: ${anyOf(...auxiliaries)})`;
const verb = `${adjective}${done}{0,4} ${anyOf(...verbs)}(?: (?:now|jetzt|nun|ahora))?:?`;
/** Between a name and its value. */
const link = `(?<link>${anyOf(
  // `password: x`, `"password": "x"`, `<password>x`, `password - x`
  `${attributes}${adjective}${quotes}\\]?\\s{0,3}${tags}(?:[:=：>]{1,2}|(?<=\\s)[-–](?=\\s))[*\`]{0,2}\\s{0,3}${tags}`,
  // `<add key="password" value="x">`
  '["\']?\\s{0,3},?\\s{0,20}["\']?value["\']?\\s{0,3}[:=]\\s{0,3}',
  // `<key>password</key><string>x</string>`
  '</(?:dt|key|name|string)>\\s{0,20}<(?:dd|string|value)>\\s{0,3}',
  // `password has been set to x`, `Kennwort lautet x`; `password has been reset: x`, but `Password reset: jdoe2` is a subject
  `${verb}[ \\t](?!\\()`,
  `(?<done>${done}{2,4})\\s?[:：]\\s{0,3}`,
  '[ \\t](?!\\()',
  // `define('DB_PASSWORD', 'x')`, `setPassword('x')`
  '(?:["\'],\\s{0,3}|\\()(?=["\'])',
  // alone on the next line
  '\\r?\\n(?=\\S{4,200}[^\\S\\n]{0,3}(?:\\n|$))',
)})`;
const character = '[^\\s"\'„“”«»`，。、；\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}]';
const end = '</|\\\\["\']';
/** The next field of a connection string or of a query: `;Encrypt=true`, `&x=1`. */
const nextParameter = '[;&,]\\s?[\\w .-]{1,40}[:=]';
const value = anyOf(
  '(?<mark>["\'`])(?<quoted>(?:(?!\\k<mark>)[^\\n\\\\]){4,200})\\k<mark>',
  `(?<=[^\\s=]=)(?<parameter>(?:(?!${end}|${nextParameter})${character}){4,1000})(?=${nextParameter})`,
  `["'„“«\`*\\\\]{0,3}(?<bare>(?:(?!${end})${character}){4,1000})`,
);
/** `密码是x`, `密码已重置为：x`, `パスワードは x` */
const unspacedLink =
  '\\s?(?:(?:[已被]?(?:重置|更改|修改|改|设置|設定|设|設))?[为為成是][:：]?|[已被](?:重置|更改|修改|改|设置|設定|设|設)[:：]|[:=：]|は|を|는)\\s?|\\s|(?=[“"])';
const name = `(?<name>${passwords}|(?<![\\p{L}\\p{N}@])(?:${shortNames}))(?![\\p{L}\\p{N}_-])`;
const named = [
  new RegExp(`${name}(?:${recipient})?${link}${value}`, 'giu'),
  new RegExp(`${name}${recipients}${link}${value}`, 'giu'),
  new RegExp(`(?<name>${unspacedNames})(?<link>${unspacedLink})${value}`, 'gu'),
];

const ending = /[.,;:!?)\]}*|\\]{1,10}$/;
/** Behind a value that stands alone in its field: a line's end, a mark, the next field. */
const fieldEnd = /^[^\S\n]{0,3}(?:$|[\n\r,;|<()/•-]|–|\S{1,30}\s?[:=])/;

interface Found {
  readonly name: string;
  readonly link: string;
  readonly done?: string;
  readonly more?: string;
  readonly mark?: string;
  readonly quoted?: string;
  readonly parameter?: string;
  readonly bare?: string;
}

/** The text with the mask for each. Linear. */
export function withoutNamedSecrets(text: string, mask: string): string {
  let clean = text;
  for (const pattern of named) {
    clean = clean.replace(pattern, (whole: string, ...rest) => {
      const found: Found = rest.at(-1);
      const [offset, all]: [number, string] = [rest.at(-3), rest.at(-2)];
      const given = found.quoted ?? found.parameter ?? found.bare ?? '';
      const secret = found.quoted ?? given.replace(ending, '');
      if (!isNamedSecret(secret, given, found, all.slice(offset + whole.length, offset + whole.length + 40)))
        return whole;
      const from = whole.length - given.length - (found.mark?.length ?? 0);
      return `${whole.slice(0, from)}${mask}${whole.slice(from + secret.length)}`;
    });
  }
  return clean;
}

function isNamedSecret(
  secret: string,
  given: string,
  { name, link, done, more, quoted }: Found,
  behind: string,
): boolean {
  const how = done === undefined ? linkOf(link, quoted !== undefined, behind) : 'said';
  const isBare = !/[\p{L}:=>–\n-]/u.test(link);
  if (quoted === undefined && how !== 'said' && isNextField(given, link, behind)) return false;
  if (isBare && /\s/.test(secret)) return false;
  const endsField = given.length > secret.length || fieldEnd.test(behind);
  // `Password has been reset: 4711 is the hotline`, `Password on the laptop: Windows11 asks again`
  if ((done ?? more) !== undefined && quoted === undefined && !endsField) return false;
  const isAlone = how === 'assigned' || (how === 'labelled' && endsField && !link.includes('\n'));
  return isSecret(secret, {
    kind: kindOfName(name),
    link: how,
    isApart: how !== 'step' && (quoted === undefined ? isAlone : !isBare),
    isBare: isBare || done !== undefined,
  });
}

/** The name's own field is empty: `DB_PASSWORD=` and on the next line `DB_HOST=db-01`. */
function isNextField(given: string, link: string, behind: string): boolean {
  const isNextLine = link.includes('\n');
  if (isNextLine && /^[\w.-]{1,60}[:=]/.test(given)) return true;
  const isWord = /^[\p{L}_.-]+:?$/u.test(given);
  return (isNextLine || isWord) && (given.endsWith(':') || /^\s?[:=]/.test(behind));
}

function linkOf(link: string, isQuoted: boolean, behind: string): SecretLink {
  const isElement = /(?<!\s)>\s*$/.test(link) && /^\s{0,3}<\//.test(behind);
  if (/=|value/.test(link) || (isQuoted && link.includes(':')) || isElement) return 'assigned';
  if (/[:：]| lautet /.test(link)) return 'labelled';
  return />|\s[-–]\s/.test(link) ? 'step' : 'said';
}
