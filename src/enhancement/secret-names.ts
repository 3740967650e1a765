/** What people call a secret. Parts of patterns. */

/** Of passwords. They end a longer word, too: `dbPassword`, `Initialpasswort`. */
export const passwords =
  'pass ?words?|pass ?phrases?|pass ?codes?|passwd|passw[oö]rt|kennwort|zugangscode|contraseña|mot de passe|palavra-passe|wachtwoord|lösenord|adgangskode|kodeord|passord|salasana|jelszó|lozinka|парол[ья]|пароля|парола|κωδικός πρόσβασης|kata sandi|mật khẩu|รหัสผ่าน|पासवर्ड|סיסמ[הא]|كلمة (?:المرور|السر)';
/** The same, and other secrets, as words of their own. */
export const shortNames = [
  'pwd?|pass(?=\\s?[:=])|pins?(?:[ -]?codes?)?|puk|psk|mdp|clave|senha|hasło|hasła|heslo|şifre|parola|lösen|wlan-?schlüssel',
  '(?:api|access|account|wi-?fi|wlan|secret|private|encryption|signing|license|licence)[ _-]?key(?:[ _]base)?|(?:(?:client|app|jwt)[ _-]?)?secret|(?:access|auth|bearer|refresh)?[ _-]?token',
].join('|');
export const accountNames = '(?:user|account|login|benutzer|konto|usuario|cuenta|utilisateur|utente|gebruiker)';
/** Of a column that says whose password the row has. */
const accountColumn = new RegExp(
  `^(?:${accountNames}|anmelde|compte|identifiant|utilizador|użytkownik|uživatel|пользователь|логин|e-?mail|用户|账号|ユーザー)`,
  'iu',
);
export const namesAccount = (label: string): boolean => accountColumn.test(label);
export const unspacedNames = '密码|密碼|口令|パスワード|暗証番号|비밀번호|암호';

/** Those of nothing but digits. */
const ofDigits = /^(?:pins?(?:[ -]?codes?)?|puk|pass ?codes?|zugangscode|暗証番号)$/i;
const ofKeys = /key|secret|token/i;

export type SecretKind = 'password' | 'digits' | 'key';

export function kindOfName(name: string): SecretKind {
  if (ofDigits.test(name)) return 'digits';
  return ofKeys.test(name) ? 'key' : 'password';
}

const whole = new RegExp(
  `^(?:[\\p{L}\\p{N}]{1,20}[ _.-]){0,2}[\\p{L}]{0,20}?(?<name>${passwords}|${shortNames}|${unspacedNames})(?: ?\\([^()]{0,30}\\))?:?$`,
  'iu',
);

/** @param label of a field or a column, such as `WLAN password` or `Passwort (neu)`. Undefined: it names no secret */
export function secretNamedBy(label: string): SecretKind | undefined {
  const name = whole.exec(label)?.groups?.['name'];
  return name === undefined ? undefined : kindOfName(name);
}
