import { describe, expect, it } from '@jest/globals';
import { historyExcerpt } from '../../../src/enhancement/history-excerpt.js';
import { toTicketDocument } from '../../../src/enhancement/history-document.js';
import { describeTicket } from '../../../src/enhancement/prompt.js';
import { withoutSecrets } from '../../../src/enhancement/secrets-in-text.js';
import { indexOf } from '../../support/retrieval-index.js';
import { ticketJob } from '../../support/worker.js';
import { startWatch } from '../../support/own-time.js';

const mask = '•••••';

describe('a secret in the text of a ticket', () => {
  it.each([
    ['New password: Summer2024!', `New password: ${mask}!`],
    ['The password is Abc#1234.', `The password is ${mask}.`],
    ['Reset the password to "Welcome2024"', `Reset the password to "${mask}"`],
    ['Kennwort lautet Xy12zz, bitte ändern', `Kennwort lautet ${mask}, bitte ändern`],
    ['password for user kim.lee1: hunter2', `password for user kim.lee1: ${mask}`],
    ['Passwort für kim: Geheim99', `Passwort für kim: ${mask}`],
    ['Contraseña nueva: Hola2024', `Contraseña nueva: ${mask}`],
    ['Mot de passe : Abc1234', `Mot de passe : ${mask}`],
    ['密码是Abc12345，请修改', `密码是${mask}，请修改`],
    ['パスワードは Xyz98765 です', `パスワードは ${mask} です`],
    ['PIN 4711 set', `PIN ${mask} set`],
    ['PIN code: 482913', `PIN code: ${mask}`],
    ['client_secret=q7Wz91kLmN', `client_secret=${mask}`],
    // The forms that vendors document, and the example keys of their pages.
    ['key AKIAIOSFODNN7EXAMPLE', `key ${mask}`],
    [`git clone with ghp_${'a1'.repeat(18)}`, `git clone with ${mask}`],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.abcDEF', mask],
    ['Authorization: Bearer abcdef0123456789abcdef', `Authorization: Bearer ${mask}`],
    ['postgres://app:s3cret@db-01/shop', `postgres://app:${mask}@db-01/shop`],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----', mask],
    ['BitLocker 123456-234567-345678-456789-567890-678901-789012-890123', `BitLocker ${mask}`],
    ['paid with 4111 1111 1111 1111', `paid with ${mask}`],
    // Of configurations, command lines and markup.
    ['DB_PASSWORD=abc123', `DB_PASSWORD=${mask}`],
    ['mysql --password=Abc123! -u app', `mysql --password=${mask}! -u app`],
    ['--api-key=Abc12345', `--api-key=${mask}`],
    ['spring.datasource.password=Abc123', `spring.datasource.password=${mask}`],
    ['{"password": "abc123", "user": "kim"}', `{"password": "${mask}", "user": "kim"}`],
    ["{'password':'abc123'}", `{'password':'${mask}'}`],
    ['dbPassword: abc123', `dbPassword: ${mask}`],
    ['<password>Abc123</password>', `<password>${mask}</password>`],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', `AWS_SECRET_ACCESS_KEY=${mask}`],
    [`AccountKey=${'aB3/'.repeat(21)}Zg==`, `AccountKey=${mask}`],
    ['| Password | Welcome2026 |', `| Password | ${mask} |`],
    ['**Password:** Welcome2026', `**Password:** ${mask}`],
    ['Password: **Welcome2026**', `Password: **${mask}**`],
    ['User\tkim\tPassword\tWelcome2026', `User\tkim\tPassword\t${mask}`],
    ['password - Summer2026!', `password - ${mask}!`],
    ['Password\nSummer2026!\nRegards', `Password\n${mask}!\nRegards`],
    // Of sentences.
    ['reset password to welcome1', `reset password to ${mask}`],
    ['changed the password to hunter2', `changed the password to ${mask}`],
    ['reset the password to 123456', `reset the password to ${mask}`],
    ['password has been reset to Welcome2026', `password has been reset to ${mask}`],
    ['temporary password set to Welcome2026', `temporary password set to ${mask}`],
    ['Passwort wurde auf Sommer2026 gesetzt', `Passwort wurde auf ${mask} gesetzt`],
    ['the password is now: Welcome2026', `the password is now: ${mask}`],
    ['Initialpasswort: Sommer2026', `Initialpasswort: ${mask}`],
    ['新密码 abc123', `新密码 ${mask}`],
    ['密码是Abc12345请修改', `密码是${mask}请修改`],
    ['пароль: Zima2026', `пароль: ${mask}`],
    ['비밀번호: abc12345', `비밀번호: ${mask}`],
    ['heslo: Zima2026', `heslo: ${mask}`],
    ['lösenord: Sommar2026', `lösenord: ${mask}`],
    ['adgangskode: Sommer2026', `adgangskode: ${mask}`],
    ['şifre: Yaz2026', `şifre: ${mask}`],
    ['PSK: Wlan2026x', `PSK: ${mask}`],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B\n\nMIIabc\n-----END RSA PRIVATE KEY-----\nThanks',
      `${mask}\nThanks`,
    ],
    ['-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQdGBF+x\n=a1b2\n-----END PGP PRIVATE KEY BLOCK-----', mask],
    [
      'PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 2\nAAABAQC7+a\nb1/x==\nPrivate-MAC: 0a1b',
      `PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 2\n${mask}Private-MAC: 0a1b`,
    ],
    // Of letters only, where nothing but a secret can stand.
    ['password: hunterhunter', `password: ${mask}`],
    ['Passwort: hunterhunter, bitte ändern', `Passwort: ${mask}, bitte ändern`],
    ['Password: hunterhunter User: kim', `Password: ${mask} User: kim`],
    ['Password: hunterhunter (please change it)', `Password: ${mask} (please change it)`],
    ['Kennwort lautet hunterhunter.', `Kennwort lautet ${mask}.`],
    ['the password is "hunterhunter"', `the password is "${mask}"`],
    ['Password: "correct horse battery staple"', `Password: "${mask}"`],
    ['Passphrase: correct-horse-battery', `Passphrase: ${mask}`],
    ['Contraseña: caballoverde', `Contraseña: ${mask}`],
    ['Mot de passe : chevalvert', `Mot de passe : ${mask}`],
    ['Senha: cavaloverde', `Senha: ${mask}`],
    ['Wachtwoord: groenpaard', `Wachtwoord: ${mask}`],
    ['Hasło: zielonykoń', `Hasło: ${mask}`],
    ['Пароль: зелёныйконь', `Пароль: ${mask}`],
    ['kodeord: grønhest', `kodeord: ${mask}`],
    ['密码：hunterhunter', `密码：${mask}`],
    ['パスワード：hunterhunter', `パスワード：${mask}`],
    // Of what programs read.
    ['<add key="password" value="hunterhunter" />', `<add key="password" value="${mask}" />`],
    ['<add key="DbPassword" value="green horse"/>', `<add key="DbPassword" value="${mask}"/>`],
    ['<property name="jdbc.password" value="hunter"/>', `<property name="jdbc.password" value="${mask}"/>`],
    ['<property name="jdbc.password">hunter</property>', `<property name="jdbc.password">${mask}</property>`],
    ['<password encrypted="false">hunter</password>', `<password encrypted="false">${mask}</password>`],
    ['<key>password</key>\n  <string>hunter</string>', `<key>password</key>\n  <string>${mask}</string>`],
    ['{"name": "DB_PASSWORD", "value": "hunter"}', `{"name": "DB_PASSWORD", "value": "${mask}"}`],
    ['- name: DB_PASSWORD\n  value: hunter', `- name: DB_PASSWORD\n  value: ${mask}`],
    ['{"password":"correct horse"}', `{"password":"${mask}"}`],
    ['{\\"password\\":\\"hunter2\\",\\"user\\":\\"kim\\"}', `{\\"password\\":\\"${mask}\\",\\"user\\":\\"kim\\"}`],
    ['DB_PASS=hunter\nDB_HOST=db-01', `DB_PASS=${mask}\nDB_HOST=db-01`],
    ['password = hunterhunter', `password = ${mask}`],
    ['db:\n  password: hunterhunter\n  user: app', `db:\n  password: ${mask}\n  user: app`],
    ['Server=db;User Id=sa;Password=hunter;Encrypt=true', `Server=db;User Id=sa;Password=${mask};Encrypt=true`],
    ['Server=db;Pwd=Abc123;Database=shop', `Server=db;Pwd=${mask};Database=shop`],
    ['https://example.com/?user=kim&password=hunter&x=1', `https://example.com/?user=kim&password=${mask}&x=1`],
    ["define( 'DB_PASSWORD', 'hunter2' );", `define( 'DB_PASSWORD', '${mask}' );`],
    ['setPassword("Abc123")', `setPassword("${mask}")`],
    ['curl -u admin:hunter https://example.com', `curl -u admin:${mask} https://example.com`],
    ['net user kim hunterhunter /add', `net user kim ${mask} /add`],
    ['sshpass -p hunter ssh app@db-01', `sshpass -p ${mask} ssh app@db-01`],
    ['machine db-01 login app password hunter', `machine db-01 login app password ${mask}`],
    ['username admin secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0', `username admin secret 5 ${mask}`],
    ['requirepass hunterhunter', `requirepass ${mask}`],
    [`hvs.${'aB3'.repeat(8)}`, mask],
    [`SG.${'aB3'.repeat(7)}.${'aB3'.repeat(14)}`, mask],
    ['<b>Password:</b> hunterhunter', `<b>Password:</b> ${mask}`],
    // Of tables.
    [
      '| User | Password |\n|---|---|\n| kim | hunterhunter |\n| lee | Abc123 |',
      `| User | Password |\n|---|---|\n| kim | ${mask} |\n| lee | ${mask} |`,
    ],
    ['| Password | User |\n|---|---|\n| hunterhunter | kim |', `| Password | User |\n|---|---|\n| ${mask} | kim |`],
    [
      '| User | kim |\n| Password | hunterhunter |\n| Site | Oslo |',
      `| User | kim |\n| Password | ${mask} |\n| Site | Oslo |`,
    ],
    ['Benutzer\tPasswort\tRolle\nkim\thunterhunter\tadmin', `Benutzer\tPasswort\tRolle\nkim\t${mask}\tadmin`],
    ['username,password\nkim,hunterhunter', `username,password\nkim,${mask}`],
    ['Utilisateur;Mot de passe\nkim;hunterhunter', `Utilisateur;Mot de passe\nkim;${mask}`],
    ['User        Password\nkim         hunterhunter', `User        Password\nkim         ${mask}`],
    ['||User||Password||\n|kim|hunterhunter|', `||User||Password||\n|kim|${mask}|`],
    [
      '<table>\n<tr><th>User</th><th>Password</th></tr>\n<tr><td>kim</td><td>hunterhunter</td></tr></table>',
      `<table>\n<tr><th>User</th><th>Password</th></tr>\n<tr><td>kim</td><td>${mask}</td></tr></table>`,
    ],
    [
      '<table><tr><td>Passwort:</td><td><b>hunterhunter</b></td></tr></table>',
      `<table><tr><td>Passwort:</td><td><b>${mask}</b></td></tr></table>`,
    ],
    ['| WLAN password (new) | hunterhunter |', `| WLAN password (new) | ${mask} |`],
    ['Amex 378282246310005, Mastercard 2223003122003222', `Amex ${mask}, Mastercard ${mask}`],
  ])('is masked: %s', (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
  });

  it.each([
    'Password expired, see https://password.example.com/reset1',
    'Reset it at password.example.com, the password needs 14 characters.',
    'Password: expired',
    'PIN of six digits',
    'VPN password to office365 changed',
    'password 0x80070005 failed',
    'Order 4111 1111 1111 1112, phone +49 30 1234567890, at 1700000000000',
    'Temporary access pass for one hour, token ring, license server lic-01',
    'Windows Hello PIN error: 0x80090016',
    'PIN: 0x80090016',
    'Access token is AADSTS700082',
    'Reset the password (KB0012345) first.',
    'Password reset: KB0010023',
    'change password (Ctrl+Alt+Del)',
    'Password: Ctrl+Alt+Del',
    'パスワードを Ctrl+Alt+Del で変更',
    'pwd: /home/x1/data',
    'Pins (5V+) are bent',
    '密码：请联系IT部门A1',
    'password=$PASS',
    'password: ${DB_PASSWORD}',
    'password=%DB_PASS1%',
    'Mot de passe : 8caractères minimum',
    'License key: Office2021ProPlus is installed',
    'forgot my password\nWin10 laptop',
    'IMEI 490154203237518, ICCID: 8949020000012345670',
    'Serial 4901234567894, S/N: 4111111111111111',
    'Invoice 1000000000009',
    'sent the password to anna@example.com',
    'Sending of password for user kim.lee1 did not succeed.',
    'Passwort an kim.lee@mail.example.com geschickt',
    'password reset',
    'Password: see KeePass',
    'Password: KeePass',
    'Passwort vergessen',
    'Passwort: vergessen',
    'Kennwort: siehe Tresor 12',
    'Contraseña: olvidada',
    'Mot de passe : oublié',
    'Password: forgotten, locked out since Monday',
    'Password: required',
    'Password: incorrect.',
    'Password: user cannot change it',
    'Password:\nUsername: kim',
    'Password: \nHost: db-01',
    'DB_PASSWORD=\nDB_HOST=db-01',
    'password: [REDACTED], password=********, password=xxxxxxxx',
    'password: <your password>',
    '"password": null, "password": ""',
    'password: !vault |',
    'password: vault:secret/db1#password',
    'password = os.environ["DB_PASSWORD1"]',
    'const password = process.env.DB_PASSWORD1;',
    'password={{ db_password1 }}',
    'PasswordAuthentication yes, password_policy: strong1',
    'secretName: db-credentials1',
    'Access token: expired',
    'License key: Professional',
    '| Password | Role |\n|---|---|\n| expired | admin |',
    '| User | Password | Role |',
    '| Topic | Articles |\n|---|---|\n| Password reset | 12 |',
    'Reset password, unlock account\nKim, Finance',
    'the password is "too short"',
    'Password: Outlook',
  ])('is not seen in what is none: %s', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it('is neither quoted from a solved ticket nor read by a model', () => {
    const document = toTicketDocument({
      ticketId: 'T-1',
      subject: 'VPN password',
      description: 'My password is Winter2023!x and the VPN refuses it.',
      resolution: 'Reset it. New password: Summer2024! Changed at the next sign-in.',
      resolvedAt: '2026-01-01T00:00:00Z',
      tags: [],
    });
    const query = indexOf([document]).query({ subject: 'VPN password', description: '' });
    const { quote, background } = historyExcerpt({ document, probability: 0.5, confidence: 'possible' }, query);
    expect(quote).toContain(`New password: ${mask}`);
    expect(background).toContain(`My password is ${mask}`);
    const asked = describeTicket(ticketJob({ subject: 'PIN 4711', description: 'password: Abc12345' }), 500);
    expect(asked).toContain(`PIN ${mask}`);
    expect(asked).toContain(`password: ${mask}`);
  });

  it.each([
    'password ',
    'password: ',
    'eyJaaaaaaaaaaaa.',
    '-----BEGIN PRIVATE KEY-----',
    '4111 ',
    'https://a:',
    'pin for ',
    'password has been ',
    '"password":"',
    'Private-Lines: 8\n',
    'serial 4',
    'password a="b" ',
    'password</key> ',
    'a\tpassword\n',
    '|password',
    'password,',
    'password ',
    '<td>password',
    'curl -u a',
    'password: a;b',
  ])('is looked for in time in proportion to the text: %j', (unit) => {
    const bestMs = (length: number): number =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const elapsedMs = startWatch();
          withoutSecrets(unit.repeat(length / unit.length));
          return elapsedMs();
        }),
      );
    expect(bestMs(40_000) / Math.max(5, bestMs(10_000))).toBeLessThan(9);
  });
});
