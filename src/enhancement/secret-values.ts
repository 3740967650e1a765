import { negation, termsOf } from './tokenization.js';
import type { SecretKind } from './secret-names.js';

/** Whether what stands behind the name of a secret is one. */

/**
 * How name and value are joined:
 * - `assigned`: as programs read it, `password=x`, `"password": "x"`, a cell of a table;
 * - `labelled`: as people fill a form in, `Password: x`, with nothing behind it;
 * - `step`: as in menus and titles, `Settings > Password > Renew`, `Reset password - Jira`;
 * - `said`: in a sentence.
 */
export type SecretLink = 'assigned' | 'labelled' | 'step' | 'said';

/** What a password is said to be, and where it is to be looked up, by the beginnings of the words. */
const states: ReadonlySet<string> = new Set(
  termsOf(
    `expired expires forgotten forgot lost unknown wrong incorrect invalid required optional missing mandatory empty blank none
    null undefined true false yes changed reset unchanged same default hidden protected encrypted redacted removed masked
    necessary correct rejected refused accepted locked disabled enabled weak strong short long old simple failed fails failure error mismatch okay
    contact ask call provided separately attached below above sent pending resets requirements policy length problem issue request
    question string number varchar text field input placeholder keepass bitwarden lastpass passbolt vault keychain see login user
    username name email account unable use enter type new current temporary prompt window manager support update
    unlock unlocked blocked lockout recovery recover restore sync synchronization synchronisation complexity renew renewal regenerate
    today tomorrow yesterday important access denied found exception storage local session cookie
    abgelaufen vergessen verloren unbekannt falsch inkorrekt ungültig erforderlich fehlt leer keines geändert zurückgesetzt gleich
    bekannt siehe korrekt richtig gesperrt nein ändern benutzer nutzer läuft unverändert separat
    entsperren entsperrt entsperrung sperrung blockiert dringend heute morgen erneuern
    caducada olvidada olvidé desconocida incorrecta inválida requerida obligatoria falta vacía cambiada restablecida ninguna usuario
    bloqueada bloqueado desbloquear urgente hoy
    expiré oublié inconnu incorrect invalide requis obligatoire manquant vide changé réinitialisé aucun voir utilisateur
    bloqué verrouillé déblocage débloquer déverrouiller aujourd'hui
    scaduta dimenticata sconosciuta errata sbagliata richiesta mancante vuota cambiata nessuna utente reimpostata
    bloccata bloccato sbloccare sblocco oggi
    expirada esqueci esquecida desconhecida obrigatória alterada nenhuma errada utilizador bloqueio hoje
    verlopen vergeten onbekend onjuist ongeldig vereist leeg gewijzigd geen zie gebruiker
    geblokkeerd vergrendeld deblokkeren ontgrendelen dringend vandaag
    wygasło zapomniane nieznane nieprawidłowe błędne wymagane puste zmienione brak użytkownik
    zablokowane zablokowany odblokować pilne dzisiaj
    истёк забыт неверный просрочен заблокирован разблокировать срочно сегодня zablokováno odblokovat dnes`,
  ),
);
/** Letters. In the list of words above is none so long. */
const longestState = 30;

const isStateTerm = (term: string): boolean => states.has(term) || term === negation;
/** A state as a whole (`KeePass`), or in each part of a name that programs use (`AccessDenied`). */
const isState = (words: string): boolean =>
  words.length <= longestState &&
  [words, words.replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')].some((form) => termsOf(form).every(isStateTerm));

/** What a password or a licence belongs to: `reset the password to office365`. */
const product =
  /^(?:office|o|m|microsoft|windows|win|exchange|outlook|sharepoint|onedrive|teams|sql|mysql|sap|oracle|java|adobe|citrix|server|srv|host|vpn|wifi|wlan|app|db|pc|laptop)(?:[-_.]?\d[^\s]*)?$/i;
const address = /^[^\s@]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){0,5}\.[a-z]{2,24}$/i;

const noSecrets: readonly RegExp[] = [
  /:\/\//,
  // Error codes, and what a help desk numbers.
  /^0x[\da-f]+$/i,
  /^(?:AADSTS|KB|INC|REQ|RITM|CHG|PRB|TASK|CVE-)\d/,
  // Keys that are pressed together, variables, places where secrets are kept, and paths.
  /^(?:ctrl|strg|alt|altgr|shift|umschalt|maj|cmd|win)\+/i,
  /^(?:\$[{(]|\$\p{L}[\p{L}_]{0,60}$|%\w{1,60}%$|\{\{|@\p{L}+\()/u,
  /^(?:[~.]{0,2}\/[\w.-]{1,60}\/|[a-z]:\\|\\\\)/i,
  /^(?:vault|ssm|secretsmanager|env|file|op|keyring|arn):|^!(?:vault|secret|env)/i,
  /^(?:process\.env|os\.environ)\b/,
  /^(?:process|os|env|[Ss]ystem|config|self|this|settings|params?|args|request|req|options?)(?:(?:\.|->)\p{Ll}|\[|\()\D*$/u,
  // Of code that gets it elsewhere: `password = getenv("DB_PASSWORD")`.
  /^[\p{L}_.]+\($/u,
  // Of types and methods.
  /^(?:n?varchar|hmac-|sha-?\d|wpa\d|rs\d{3}$)/i,
  // What stands for a secret.
  /^(?:<[^<>\d]*>?|\[[^[\]\d]*\]?|\{[^{}\d]*\}?|(\D)\1*)$/u,
  /^1password$/i,
  // How long it is to be.
  /^\d+-?(?:char|cara[ct]|zeichen|stell|teken|znak|digit|d[ií]git|cifr|chiffr)/i,
];
/** As well in sentences. */
const noSecretsInSentences: readonly RegExp[] = [/^[A-Z]{2,8}\d{4,12}$/, /^\d+-?\p{L}+$/u, address];

const digits = /^\d{4,12}$/;
/** Letters. A key of fewer is a word. */
const shortestWord = { password: 4, digits: Number.POSITIVE_INFINITY, key: 8 } as const;

interface SecretContext {
  readonly kind: SecretKind;
  readonly link: SecretLink;
  /** The value is in quotation marks, or otherwise told from the words around it. */
  readonly isApart: boolean;
  /** Nothing but the name stands before it: `password 2024`. */
  readonly isBare?: boolean;
}

/** Letters with digits or with marks between them, and where it can be nothing else letters alone. */
export function isSecret(value: string, { kind, link, isApart, isBare = false }: SecretContext): boolean {
  if (value.length < 4 || noSecrets.some((pattern) => pattern.test(value))) return false;
  if (digits.test(value)) return kind === 'digits' || !isBare;
  if (link === 'said' && [...noSecretsInSentences, product].some((pattern) => pattern.test(value))) return false;
  if (kind === 'key' && product.test(value)) return false;
  if (!/\p{L}/u.test(value)) return false;
  if (/[\d!#$%&*+=?@^~|]/.test(value)) return true;
  const isLongEnough = value.length >= shortestWord[kind] && (kind === 'password' || link === 'assigned');
  return isApart && isLongEnough && !isState(value) && !product.test(value);
}
