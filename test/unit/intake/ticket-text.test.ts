import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { textOfHtml } from '../../../src/intake/html-text.js';
import { readSubject, readText } from '../../../src/intake/ticket-text.js';
import { blockedMs } from '../../support/blocked-loop.js';

describe('the text of HTML', () => {
  it.each([
    ['paragraphs and lines', '<p>One</p><p>two<br>three</p>', 'One\n\ntwo\nthree'],
    ['lines of an editor', '<div>One</div><div><br></div><div>two</div>', 'One\n\ntwo'],
    ['lines of Outlook', '<p class=MsoNormal>One</p><p class=MsoNormal>two</p>', 'One\ntwo'],
    ['white space', '<p>One\n   two\t<b> three </b>four</p>', 'One two three four'],
    ['kept white space', '<p>Log:</p><pre>a\n  b &lt; c</pre>', 'Log:\n\na\n  b < c'],
    ['nested lists', '<ul><li>a<ol><li>b<li>c</ol><li>d</ul>', '- a\n1. b\n2. c\n- d'],
    ['a list that starts with nothing', '<li>a</li>', '- a'],
    ['cells and rows', '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\nc'],
    [
      'cells of paragraphs, as in Outlook',
      '<table><tr><td><p>Name</p></td><td><p>Kim</p></td></tr><tr><td><p></p></td><td><p>7</p></td></tr></table><p>x</p>',
      'Name Kim\n7\n\nx',
    ],
    ['cells of several lines', '<table><tr><td><p>a</p><p>b</p></td><td><p>c</p></td></tr></table>', 'a\n\nb\nc'],
    [
      'tables in cells',
      '<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td><td>c</td></tr></table>',
      'a b\n\nc',
    ],
    [
      'white space that a style keeps',
      '<div style="color:red;white-space: pre-wrap">a\nb<b>c</b>\n  d</div><p>e\nf</p>',
      'a\nbc\n  d\n\ne f',
    ],
    ['buttons and folded parts', '<details><summary>Log</summary><button>Save</button> 7</details>', 'Log\nSave 7'],
    ['scripts, styles and titles', '<title>t</title><script>s</script><style>s</style><p>x</p>', 'x'],
    ['comments and conditions', '<p>a</p><!--[if mso]><p>b</p><![endif]--><![if !vml]><p>c</p><![endif]>', 'a\n\nc'],
    ['entities', '<p>&euro; &#8364; &#x20AC; &amp;amp; &unknown; &</p>', '€ € € &amp; &unknown; &'],
    ['hidden parts', '<p>a<span style="DISPLAY : none">b</span>c<i hidden>d</i></p>', 'ac'],
    ['hidden elements in one another', '<div style="display:none"><div>a</div>b</div>c', 'c'],
    ['a hidden paragraph without an end', '<p style="mso-hide:all">a<p>b', 'b'],
    ['an unknown element', '<p>ping <vpn-gw> and </vpn-gw></p>', 'ping <vpn-gw> and </vpn-gw>'],
    ['elements of Office', '<p><o:p>a</o:p><st1:place w:st="on">b</st1:place></p>', 'ab'],
    [
      'an address',
      '<p>mail <kim@example.com> or <https://example.com/a></p>',
      'mail <kim@example.com> or <https://example.com/a>',
    ],
    ['a marked signature', '<p>a</p><div id="x_Signature"><p>Kim</p></div><p>b</p>', 'a\n\nb'],
    [
      'a marked quotation',
      '<p>a</p><blockquote type="cite"><p>b</p><p>c</p></blockquote><p>d</p>',
      'a\n\n> b\n\n> c\n\nd',
    ],
    ['an indented error', '<p>a</p><blockquote>Error 7</blockquote>', 'a\n\nError 7'],
    ['end tags without a start', '</div></p></ol>a</pre>', 'a'],
    [
      'an element that is mentioned',
      '<p>The page shows <canvas> and hangs, console says TypeError</p><p>Second</p>',
      'The page shows <canvas> and hangs, console says TypeError\n\nSecond',
    ],
    [
      'an embedded page without an end',
      '<p>One</p><iframe src="x"><p>Two my real problem</p>',
      'One\n\nTwo my real problem',
    ],
    ['a closed video', '<p>One</p><video src="x"/><p>Two</p><video>a</video>three', 'One\n\nTwo\nthree'],
    ['an embedded page with an end', '<p>One</p><IFRAME src="x">no frames</iframe><p>Two</p>', 'One\n\nTwo'],
    ['one mentioned before another', '<p>a <canvas> b <canvas>c</canvas> d</p>', 'a <canvas> b d'],
    [
      'an element in plain text',
      '<section>a</section> The <canvas> fails to render. Value a < b.',
      'a\n The <canvas> fails to render. Value a < b.',
    ],
    [
      'a pre behind an end tag too many',
      '<div style="white-space:pre-wrap">a\n b</pre>c</div><p>Log:</p><pre>l1\n  l2\nl3</pre>',
      'a\n b\n\nc\n\nLog:\n\nl1\n  l2\nl3',
    ],
    ['words that are struck out', '<s></s><p>Set port <s>8080</s> 8443, <del>not.</p>', 'Set port 8080 8443, not.'],
    [
      'a list that goes on',
      '<ol start="3"><li>c</li><li>d</li></ol><ol start="x"><li>a</li></ol>',
      '3. c\n4. d\n\n1. a',
    ],
    [
      'a script that writes one',
      `<script>document.write("<script src='a.js'><\\/script>"); x()</script><p>VPN drops</p>`,
      'VPN drops',
    ],
    ['a style sheet with a comment about one', '<style>/* <style> */ p{color:red}</style><p>x</p>', 'x'],
    ['a style sheet without an end', '<p>x</p><style>a{}</style><style>b{}', 'x'],
    ['a tag that is cut off', '<p>a</p><img src="data:image/png;base64,AAAA', 'a'],
  ])('%s', async (_what, html, text) => {
    expect(await textOfHtml(html)).toBe(text);
  });
});

describe('what shows nothing', () => {
  it.each([
    ['characters without a width', 'The V\u200bPN dro\u00adps.\ufeff', 'The VPN drops.'],
    ['direction marks', '\u202aThe VPN\u202c drops.\u200e', 'The VPN drops.'],
    ['the padding of a preview', `<p>The VPN</p><div>drops ${'&zwnj;&nbsp;'.repeat(50)}</div>`, 'The VPN\ndrops'],
    ['a picture of Outlook', 'The VPN\n[cid:image001.png@01D9F5B2.8A1B2C30]\ndrops.', 'The VPN\n\ndrops.'],
    ['a picture of Gmail', 'The VPN drops. [image: image.png]', 'The VPN drops.'],
    ['a picture of Apple’s on its line', 'The VPN\n<image1.jpeg>\ndrops.', 'The VPN\n\ndrops.'],
    ['a picture with a path', 'The VPN drops. [image: img/a b.png]', 'The VPN drops.'],
    ['a picture of Apple’s', 'The VPN <image001.png> drops.', 'The VPN drops.'],
    [
      'a picture in Markdown',
      'The VPN ![a b.png](https://desk.example/attachments/token/a1?name=a.png) drops.',
      'The VPN drops.',
    ],
  ])('%s', async (_what, written, text) => {
    expect((await readText(written, '')).text).toBe(text);
  });

  it.each([
    'می‌خواهم',
    '👩‍💻 ❤️',
    'see ![the plan](https://kb.example/plan), [1], <image>',
    'क्‍ष',
    'Docker pull fails: [image: registry.acme.example/app:1.2] not found',
    'Docker pull fails: [image: app:1.2] not found',
    'textures[image1] = null',
    'The viewer crashes on <image12.png> since Monday.',
  ])('is not %s', async (text) => {
    expect((await readText(text, '')).text).toBe(text);
  });

  it('is not a character that is written as two halves', async () => {
    expect((await readText('<p>Printer &#55357;&#56744;</p>', '')).text).toBe('Printer 🖨');
  });
});

describe('UTF-8 that was read as Windows-1252', () => {
  it.each([
    ['Der Drucker lÃ¤uft nicht â€“ FÃ¼hre â‚¬', 'Der Drucker läuft nicht – Führe €'],
    ['<p>ImpossÃ­vel imprimir: nÃ£o liga, CanadÃ¡ &amp; Ã‰tÃ©</p>', 'Impossível imprimir: não liga, Canadá & Été'],
    ['The printer ðŸ–¨ does not printâ€¦', 'The printer 🖨 does not print…'],
    ['NÃO IMPRIME: AÇÃO NEGADA', 'NÃO IMPRIME: AÇÃO NEGADA'],
    ['Größe 5 × 3 cm, „Ü“', 'Größe 5 × 3 cm, „Ü“'],
    ['lÃ¤uft 印刷', 'lÃ¤uft 印刷'],
    ['VPN COUPÉ\u00a0!', 'VPN COUPÉ\u00a0!'],
    ['ACCES REFUSÉ\u00a0: imprimante COUPÉ\u00a0!', 'ACCES REFUSÉ\u00a0: imprimante COUPÉ\u00a0!'],
    ['Das macht keinen Spaß… So nicht', 'Das macht keinen Spaß… So nicht'],
    ['Im MENÜ… fehlt „Ü', 'Im MENÜ… fehlt „Ü'],
    ['Le VPN ne marche pas, voilà\u00a0…', 'Le VPN ne marche pas, voilà\u00a0…'],
    ['O VPN caiu de MANHÃ\u00a0!', 'O VPN caiu de MANHÃ\u00a0!'],
    ['The name is shown as MÃ¼ller instead of the umlaut', 'The name is shown as MÃ¼ller instead of the umlaut'],
    ['Der Name wird als MÃ¼ller angezeigt', 'Der Name wird als MÃ¼ller angezeigt'],
    ['Le VPN ne marche plus, voilÃ\u00a0!', 'Le VPN ne marche plus, voilà!'],
    ['Es geht nichtÂ\u00a0mehr', 'Es geht nicht\u00a0mehr'],
    ['GRÃ–SSE FALSCH', 'GRÖSSE FALSCH'],
    ['Drukarka nie dziaÅ‚a, sÄ… bÅ‚Ä™dy', 'Drukarka nie działa, są błędy'],
    ['ÐŸÑ€Ð¸Ð½Ñ‚ÐµÑ€ Ð½Ðµ Ð¿ÐµÑ‡Ð°Ñ‚Ð°ÐµÑ‚', 'Принтер не печатает'],
  ])('is read as it was written: %s', async (written, text) => {
    expect((await readText(written, '')).text).toBe(text);
  });

  it('is corrected in a subject, too', async () => {
    expect(await readSubject('FÃ¼r alle: Drucker weg')).toEqual({
      text: 'Für alle: Drucker weg',
      mended: ['an encoding was decoded'],
    });
  });
});

/** In the words of the templates of Exchange, Google, Mimecast, Barracuda and their users. */
const banners = [
  'CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender and know the content is safe.',
  '[EXTERNAL] This email originated from outside your organization. Exercise caution when opening attachments or clicking links, especially from unknown senders.',
  '***EXTERNAL EMAIL*** Do not click links or attachments unless you recognize the sender.',
  'EXTERNAL SENDER: Do not click links or open attachments unless you trust the sender.',
  "You don't often get email from kim@x.example. This message is from an external sender: don't click links or open attachments unless you trust them.",
  'WARNING: This message came from an external sender.\nPlease do not click on links or open attachments.',
  'This message was sent from outside of your organization. Avoid clicking links or downloading attachments.',
  'ACHTUNG: Diese E-Mail stammt von einem externen Absender. Klicken Sie auf keine Links und öffnen Sie keine Anhänge.',
  'Vorsicht - Externe E-Mail - Links und Anhänge nur öffnen, wenn der Absender bekannt ist.',
  'ATTENTION : Ce message provient d’un expéditeur externe. Ne cliquez pas sur les liens et n’ouvrez pas les pièces jointes.',
  'PRECAUCIÓN: Este correo proviene de fuera de la organización. No haga clic en enlaces ni abra archivos adjuntos.',
  'LET OP: Deze e-mail is afkomstig van buiten de organisatie. Klik niet op links en open geen bijlagen.',
  'ATTENZIONE: Questa e-mail proviene dall’esterno dell’organizzazione. Non cliccare su link e non aprire allegati.',
  'ATENÇÃO: Este e-mail foi enviado de fora da organização. Não clique em links nem abra anexos.',
];

describe('the own text of a mail', () => {
  it.each([
    [
      'Korean',
      '프린터에 오류가 표시됩니다. 재부팅해도 같습니다.',
      '2026년 8월 26일 (수) 오후 2:05, Desk <d@x.kr>님이 작성:',
    ],
    ['Japanese', 'プリンターにエラーが表示されます。再起動しても同じです。', '2026年8月26日(水) 14:05 Desk <d@x.jp>:'],
    ['Chinese', '打印机显示错误,重启也没有用。', 'Desk <d@x.cn> 于2026年8月26日周三 14:05写道：'],
    ['Polish', 'Drukarka pokazuje błąd od wczoraj.', 'śr., 26 sie 2026 o 14:05 Desk <d@x.pl> napisał(a):'],
    ['Turkish', 'Yazıcı dünden beri hata veriyor.', 'Desk <d@x.tr>, 26 Ağu 2026 Çar, 14:05 tarihinde şunu yazdı:'],
    ['Hungarian', 'A nyomtató tegnap óta hibát jelez.', '2026.02.08. 7:31 keltezéssel, "Desk" írta:'],
    [
      'Russian, in two lines',
      'Принтер показывает ошибку со вчера.',
      '20 окт. 2026 г. 19:37 "Desk" <\nd@x.ru> написал:',
    ],
    ['Vietnamese', 'Máy in báo lỗi từ hôm qua.', 'Vào Th 2, 23 thg 11, 2026 vào lúc 10:00 Desk <d@x.vn> đã viết:'],
    ['Russian', 'Принтер показывает ошибку со вчера.', 'ср, 26 авг. 2026 г. в 14:05, Desk <d@x.ru>:'],
    ['Hebrew', 'המדפסת מציגה שגיאה מאתמול בבוקר.', '‫בתאריך יום ד׳, 26 באוג׳ 2026 ב-14:05 מאת ‪Desk‬‏ <‪d@x.il‬‏>:‬'],
  ])('has no line above a quotation of Gmail: %s', async (_language, own, attribution) => {
    expect((await readText(`${own}\n\n${attribution}\n\n> VPN`, '')).text).toBe(own);
    const below = await readText(`${own}\n\n${attribution}\n> VPN\n\nNo: since today.`, '');
    expect(below.text).toBe(`${own}\n\nNo: since today.`);
  });

  it.each([
    // Of Outlook.
    ['Danish', 'Fra: Desk <d@x.dk>\nSendt: 23. november 2026 10:00\nTil: Kim\nEmne: Printer'],
    ['French', 'De : Desk<mailto:d@x.fr>\nEnvoyé le :lundi 23 novembre 2026 10:00\nÀ : kim@x.fr\nObjet :VPN'],
    ['Greek', 'Από: Desk <d@x.gr>\nΣτάλθηκε: Δευτέρα, 23 Νοεμβρίου 2026 10:00\nΠρος: Kim\nΘέμα: VPN'],
    ['Hebrew', 'מאת: Desk <d@x>\nנשלח: יום שני 23 נובמבר 2026 10:00\nאל: Kim\nנושא: VPN'],
    ['Arabic', 'من: Desk <d@x>\nتم الإرسال: الاثنين 23 نوفمبر 2026 10:00\nإلى: Kim\nالموضوع: VPN'],
    ['Romanian', 'De la: Desk <d@x.ro>\nTrimis: luni, 23 noiembrie 2026 10:00\nCătre: Kim\nSubiect: VPN'],
    ['Slovak', 'Od: Desk <d@x.sk>\nOdoslané: pondelok 23. novembra 2026 10:00\nKomu: Kim\nPredmet: VPN'],
    ['Bulgarian', 'От: Desk <d@x.bg>\nИзпратено: понеделник, 23 ноември 2026 г. 10:00\nДо: Kim\nОтносно: VPN'],
    ['Croatian', 'Šalje: Desk <d@x.hr>\nPoslano: ponedjeljak, 23. studenoga 2026. 10:00\nPrima: Kim\nPredmet: VPN'],
    ['without addresses', 'Von: Desk\nGesendet: Montag, 23. November 2026 10:00\nAn: Kim\nBetreff: VPN'],
    ['Chinese', '发件人: Desk <d@x.cn>\n发送时间: 2026年11月23日 10:00\n收件人: Kim\n主题: VPN'],
    ['of La Poste', 'Message du : 12/12/2026 13:20\nDe : "Desk" <d@x.fr>\nA : kim@x.fr\nCopie à : \nSujet :  VPN'],
    ['of Samsung', '-------- Oprindelig besked --------\nFra: Desk <d@x.dk>\nDato: 04.07.2026  17.45'],
    // Of other programs, whose quotations are not marked.
    ['of Yandex', '26.06.2026, 14:41, "Desk" <d@x.ru>:'],
    ['of mail.ru', 'Thu, 26 Jun 2026 14:00:51 +0400 от Desk <d@x.ru>:'],
    ['of Zoho', '---- On Wed, 14 Nov 2026 08:14:43 -0200 Desk <d@x.com> wrote ----'],
    ['Italian', 'In data 11 ottobre 2026 21:11:31 "Desk" <d@x.it> ha scritto:'],
    ['Finnish, in two lines', 'pe 20. lokakuuta 2026 klo 17.50 Desk\n<d@x.fi> kirjoitti:'],
    ['German, in two lines', 'Desk <d@x.de> schrieb am Fr., 28.\nApr. 2026 um 11:53 Uhr:'],
    ['English, in three lines', 'On Dec 16, 2026, at 12:47 PM, Desk\n<d@x.com>\nwrote:'],
    ['by a help desk', '-- Bitte oberhalb dieser Linie antworten --\nDesk:'],
    ['by a Polish help desk', '-- Proszę odpowiadać powyżej tej linii --'],
    ['by a French help desk', '-- Veuillez répondre au-dessus de cette ligne --'],
    ['by a Danish help desk', '##- Svar over denne linje -##'],
    ['by a Chinese help desk', '-- 请在此行上方回复 --'],
    ['of Evolution', 'В Пн, 23/11/2026 в 10:00 +0300, Desk пишет:'],
    ['of Eudora', 'At 10:00 AM 11/23/2026, Desk wrote:'],
    ['by a Dutch help desk', '-- Antwoord boven deze regel --'],
    ['by Zendesk in German', '##- Bitte geben Sie Ihre Antwort über dieser Zeile ein -##'],
    ['by Zendesk in Spanish', '##- Por favor, escriba su respuesta por encima de esta línea -##'],
    ['by Jira', '—-—-—-—\nReply above this line.'],
  ])('has no mail that it answers: %s', async (_language, head) => {
    const own = 'The VPN still drops every hour.';
    expect(await readText(`${own}\n\n${head}\n\nPlease restart it.`, '')).toMatchObject({ text: own });
  });

  it.each([
    'On 2 floors it fails, as Kim\nand Bob wrote:\nthe light is red.',
    'Please answer Kim <kim@x.example>\nabout 10:30 or in 2027:\nthe VPN drops.',
    '2026-11-23 10:00 no mail for kim@x.example:\nConnection refused',
    'From: the office\nTo: the plant\nthe VPN drops since 2026.',
    'Прошу відпустку за свій рахунок.\nВід: 01.12.2026\nДо: 05.12.2026\nТема: відпустка\nПідпис: Олена',
    'Прошу отпуск за свой счёт.\nОт: 01.12.2026\nДо: 05.12.2026\nТема: отпуск\nПодпись: Олена',
    'Tôi muốn xin nghỉ phép.\nTừ: 01.12.2026\nĐến: 05.12.2026\nGửi: phòng nhân sự\nLý do: việc nhà',
    'Saya mohon pinjaman laptop.\nDari: Budi\nKe: Kantor Bandung\nPerihal: laptop 2026\nAlasan: rusak',
    'Jeg vil gerne låne en bærbar.\nFra: lager\nTil: kontor\nDato: 01.12.2026\nGrund: kursus',
    '我想申请借用笔记本。\n发件人：张三\n日期：2026年12月1日\n副本：李四\n理由：出差',
    'We have a new colleague.\nFrom: Anna Schmidt\nTema: onboarding\nDate: 01.12.2026\nTeam: Sales',
    'I need a day off.\nFrom: 1 December 2026 10:00\nTo: 2 December 2026 10:00\nSubject: leave\nReason: moving',
    'We move a printer.\nFrom: floor 3\nTo: floor 4\nDate: 01.12.2026\nOwner: Kim',
    'At startup ERP shows an error.\nAt the end setup wrote an entry like this:\nERP-0005 has no value since 2026.',
    'At reception we would like a text like the one HR wrote for us last year:\nWelcome to Acme.',
    'Il VPN non si collega.\nIn data 23.11 il fornitore ha scritto quanto segue nel log:\nerrore 7',
    'Il VPN non si collega.\nIn data 23.11.2026 alle 10:30 il fornitore ha scritto quanto segue nel log:\nerrore 7',
    'Не працює пошта з ранку.\nВ Outlook пише:\nПароль недійсний\nЩо робити?',
    'Не работает почта с утра.\nВ браузере пишет:\nПароль неверен\nЧто делать?',
    'The new colleague begins.\nPlease set up the account 2026 at 10:00 for Anna <anna@acme.example>:\n- mailbox\n- VPN',
    'The meeting fails.\n2026-11-23 10:00 meeting with Anna <anna@acme.example>:\nno sound',
    'Please move everything that "Anna" <anna@acme.example> wrote\nto the legal team of Acme.',
    'Please restore what Anna <anna@acme.example> wrote:\nthe page on the VPN is empty.',
    'Wir brauchen Ihre Hilfe.\nDiese Nachricht wurde von meinem Vorgesetzten auch gesehen.\nBitte prüfen Sie das VPN.',
    'The VPN drops since Monday.\nThis message was checked by our admin and he says:\nthe certificate is expired',
    'Le courrier ne part plus.\nEnvoyé à partir de Thunderbird il reste bloqué dans la boîte.\nMerci de vérifier.',
    'The scanner shows a page in red.\nVirus-free. is written in green\nbelow it.',
    '電腦有問題，請協助處理。\n從我的電腦無法登入\n請幫忙。',
    'Ons briefpapier is fout.\nBoven deze regel staat geen logo meer.\nGraag aanpassen.',
    'Het formulier is fout.\nGraag antwoord boven deze regel want onderaan leest niemand het.\nDank.',
    'Skabelonen er forkert siden i går.\nSvar over denne linje vises ikke længere i mails.\nKan I rette det?',
  ])('is %j', async (text) => {
    expect((await readText(text, '')).text).toBe(text);
  });

  it('may be below the thanks with which it begins', async () => {
    const { text } = await readText('Thank you!\nIt drops again since Monday.\nSent from my iPhone', '');
    expect(text).toBe('Thank you!\nIt drops again since Monday.');
  });

  it.each([
    [
      'below the header lines of the mail that it answers, with the time first',
      '**Gesendet:** Mittwoch, 3. Juni 2026 um 09:43\n**Von:** "Desk" <d@x.de>\n**An:** Kim\n**Betreff:** Ihr Ticket\n\nDer Drucker geht nicht mehr.',
    ],
    [
      'around addresses that it lists',
      'The mail rule fails.\nFrom: billing@x.example\nTo: desk@x.example\nSubject: Invoice\ngoes to junk. Please correct the rule.',
    ],
    ['below a helpdesk’s line', '##- Please type your reply above this line -##\n\nThe printer shows error 49.'],
    [
      'about a disclaimer’s words',
      'Printer broken and needs help.\nThis email is intended for Bob in facilities, please forward it.\nThe printer on floor 3 does not turn on since the power cut.',
    ],
    [
      'of somebody who reports a confidential mail',
      'I got a strange mail today from our boss.\nThis message claims to be confidential and asks for gift cards.\nThe sender is ceo@x.example.',
    ],
    [
      'of an attachment from outside',
      'ich kann den Anhang einer E-Mail von extern nicht öffnen.\nBitte um Hilfe, es eilt.',
    ],
    ['of a mail from outside', 'Hello,\nI received an email from an external sender and cannot open the attachment.'],
    [
      'of a blocked link',
      'Outlook shows the message "blocked" when I click a link to an external site.\nPlease allow it for us.',
    ],
    [
      'in an agent’s words',
      'Mitarbeiter kann E-Mail-Anhang von externem Absender nicht öffnen, klickt auf Link\nBitte prüfen, Gerät 7.',
    ],
    [
      'of links that fail',
      'Links und Anhänge in externen Mails lassen sich nicht öffnen.\nDer Rest geht weiterhin gut.',
    ],
    [
      'around a warning that it is about',
      'Every mail now shows:\nCAUTION: This email is from outside. Do not click links.\nPlease remove it.',
    ],
    ['about Outlook', 'Seit heute gibt es hier einen Fehler.\nOutlook für Windows startet nicht mehr.'],
    ['about a laptop', 'Der Drucker geht nicht.\nVon meinem Laptop aus kommt nichts an, vom Handy schon.'],
    ['about a warning', 'Warning: the external monitor flickers when I open a link.'],
    [
      'of somebody who reports such a mail',
      'I got an email from an external sender and opened the attachment, which I should not have done.\nMy laptop is slow since then.',
    ],
    [
      'of somebody who reports such a mail in German',
      'Ich habe in einer Mail von einem externen Absender auf einen Link geklickt und konnte ihn nicht öffnen.\nWas nun?',
    ],
    [
      'of a rule about external mail',
      'Messages from external senders open with a broken link banner.\nThe link in the banner gives 404.',
    ],
  ])('stays %s', async (_where, text) => {
    expect(await readText(text, '')).toEqual({ text, mended: [], isOurNote: false });
  });

  it.each([
    ['a helpdesk’s line', '', '\n\n##- Please type your reply above this line -##\n\nYour ticket 7 was updated.'],
    ...banners.map((banner) => ['a warning of a mail server', `${banner}\n\n`, ''] as const),
    ...banners.map((banner) => ['a warning on its line', `${banner} `, ''] as const),
    ['a phone’s signature', '', '\n\nVon meinem iPhone gesendet'],
    ['a French phone’s signature', '', '\n\nEnvoyé à partir de Outlook pour Android'],
    [
      'a German application’s signature',
      '',
      '\n\nDiese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.',
    ],
    ['a virus scanner’s line', '', '\n\nVirus-free. www.avast.com'],
    ['a virus scanner’s sentence', '', '\n\nThis email has been checked for viruses by Avast antivirus software.'],
    ['a link to Outlook', '', '\n\nGet Outlook for iOS<https://aka.ms/o0ukef>'],
    [
      'a German disclaimer',
      '',
      '\n\nDiese E-Mail enthält vertrauliche Informationen.\nWenn Sie nicht der Empfänger sind, löschen Sie sie.',
    ],
    ['a disclaimer', '', '\n\nThis e-mail and any attachments are confidential and intended solely for the addressee.'],
  ])('is left of %s', async (_what, before, after) => {
    const { text, mended } = await readText(`${before}The printer shows error 49.${after}`, '');
    expect(text).toBe('The printer shows error 49.');
    expect(mended).toHaveLength(1);
  });
});

/** What a reader or an index could be held up by, at a webhook’s full length. */
const pumps: readonly (readonly [string, string, string])[] = [
  ['', '<b>', ''],
  ['', '<div style="display:none">', ''],
  ['<div class=gmail_quote><p hidden>'.repeat(20), '</i>', ''],
  ['<br>', '<', ''],
  ['<br>', '&', ''],
  ['<br>', '&lt;', ''],
  ['<p ', 'b=c ', ''],
  ['<p style="', '&#32;', ''],
  ['<p>', '<!--', ''],
  ['<p>', 'a<b>c</b>', ''],
  ['<br>', '\n \n', ''],
  ['<p>', '<style></style', ''],
  ['<br>', '<x y>', ''],
  ['', '<blockquote type=cite>', ''],
  ['', 'p{margin:0}', ''],
  ['<p>', '<canvas>', ''],
  ['<p>', '<canvas>', '</canvas>'],
  ['<p>', '<canvas></canvas>', ''],
  ['', '{', ''],
  ['', 'a, ', '{margin:0}'],
  ['', '> a\n', ''],
  ['', 'From: a\n', ''],
  ['', 'To: 2026\nFrom: a\n', ''],
  ['', 'a@:\n', ''],
  ['', 'external: ', ''],
  ['CAUTION: external. ', 'Do not click links ', ''],
  ['', 'É\u00a0', ''],
  ['', 'on a wrote:', '\n'],
  ['', 'On ', ''],
  ['', 'Regards\n', ''],
  ['', '--\n', ''],
  ['', 'thanks,', ''],
  ['', '\r', ''],
  ['', '\u2028', ''],
  ['', '\ud800', ''],
  ['', '=C3=BCx', ''],
  ['=FCx=\n', '=FC', ''],
  ['=C3=BC', '=', ''],
  ['=C3=BC', '= ', ''],
];

describe('a text of a megabyte', () => {
  it.each(pumps)('of %j and %j… never holds up the loop for 50 ms', async (before, pump, after) => {
    const text = before + pump.repeat(Math.floor(1_000_000 / pump.length)) + after;
    const longest = await blockedMs(50, async () => {
      expect((await readText(text, '')).text.length).toBeLessThanOrEqual(10_000);
    });
    expect(longest).toBeLessThanOrEqual(50);
  });
});

it.each(['=?UTF-8?Q?a?=', '=?UTF-8?B?', '=?a?q?=C3', '&lt;', '</b>'])(
  'a subject of a megabyte of %j never holds up the loop for 50 ms',
  async (pump) => {
    const subject = pump.repeat(Math.floor(1_000_000 / pump.length));
    const longest = await blockedMs(50, async () => {
      expect((await readSubject(subject)).text.length).toBeLessThanOrEqual(500);
    });
    expect(longest).toBeLessThanOrEqual(50);
  },
);

it('the first 65,536 characters of a subject are read', async () => {
  const before = ' '.repeat(65_536 - 3);
  expect((await readSubject(`${before}VPN drops`)).text).toBe('VPN');
});

it('any text is read, well-formed and within its bound', async () => {
  const tags = fc.constantFrom(
    '<p>',
    '</p>',
    '<br>',
    '<div hidden>',
    '</div>',
    '<li>',
    '<pre>',
    '> ',
    '\n',
    '-- \n',
    '{',
    '}',
    '&lt;',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(tags, fc.string({ unit: 'binary', maxLength: 20 }))), async (parts) => {
      const { text } = await readText(parts.join(''), '');
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toMatch(/[^\P{Cc}\n\t]/u);
    }),
  );
});
