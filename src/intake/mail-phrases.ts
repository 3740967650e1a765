import { phrasesOf } from './phrases.js';

/** Phrases of headers, quotations and signatures in mails, in the languages of the largest markets of mail programs. */

const alternatives = (phrases: string): string => phrasesOf(phrases).join('|');

/** Matches at the beginning of a line, quoted or not. */
function anyOf(before: string, phrases: string, after: string): RegExp {
  const either = alternatives(phrases);
  return new RegExp(`^[>* ]{0,8}${before}(?:${either})${after}`, 'iu');
}

/** The subject of a forwarded mail. */
export const forwardedSubject = anyOf(
  '',
  'fwd?, wg, tr, rv, i, enc, vb, doorst, pd, vs, vl, továbbítás, yönl, 转发, 轉寄',
  ' ?[:：]',
);

/** Begins a forwarded mail. */
export const forwardedMark = anyOf(
  '-{0,20} ?',
  `forwarded message, begin forwarded message, weitergeleitete nachricht, anfang der weitergeleiteten nachricht,
  message transféré, début du message transféré, mensaje reenviado, messaggio inoltrato, inizio messaggio inoltrato,
  mensagem encaminhada, doorgestuurd bericht, wiadomość przesłana dalej, vidarebefordrat meddelande, videresendt,
  videresendt melding, välitetty viesti, přeposlaná zpráva, пересылаемое сообщение, 转发的邮件, 転送メッセージ`,
  '',
);

/** Begins the mail that is replied to. */
export const originalMark = anyOf(
  '-{2,20} ?',
  `original message, original appointment, ursprüngliche nachricht, originalnachricht, message d.origine,
  mensaje original, messaggio originale, mensagem original, oorspronkelijk bericht, wiadomość oryginalna,
  ursprungligt meddelande, oprindelig meddelelse, opprinnelig melding, alkuperäinen viesti, původní zpráva,
  исходное сообщение, 原始邮件, 元のメッセージ, 원본 메시지`,
  '',
);

/** The line that help desks put above the quoted mail. */
export const replyAbove =
  /^[>* ]{0,8}(?:##-|[-—=*_]{2,20})? ?(?:(?:please )?(?:type|write|enter|add)? ?(?:your |a )?reply above this line|bitte (?:antworten sie|schreiben sie ihre antwort) (?:oberhalb|über) dieser (?:linie|zeile)|répondez au-dessus de cette ligne|responda por encima de esta línea)/i;

/**
 * The warning of a mail server about a sender from outside: its words about links and attachments are not the ticket's. It tells its
 * reader what not to do; a person who reports such a mail says what they did.
 */
export const externalWarning =
  /^(?!.*(?<!\p{L})(?:I|we|my|ich|wir|mir|mich|mein\p{L}*|je|j['’]ai|nous|yo|he|hemos|mi|me)(?!\p{L}))(?=.*(?:do not|don['’]t|never|unless|nicht|keine|nur |ne |pas |sauf|no |salvo|a menos))(?=.*(?:e-?mail|message|sender|nachricht|courriel|correo))(?=.*(?:outside|external|außerhalb|extern|extérieur|fuera de))(?=.*(?:click|open|klicken|öffnen|cliqu|ouvr|abr[ai]))(?=.*(?:link|attachment|anhäng|anhang|lien|pièce|enlace|adjunto))/iu;

/** Begins the disclaimer below a mail. */
export const confidentiality =
  /^(?:(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication)[^.]{0,150}(?:confidential|privileged|intended)|diese (?:e-?mail|nachricht)[^.]{0,150}vertraulich|ce (?:message|courriel)[^.]{0,150}confidentiel|este (?:mensaje|correo)[^.]{0,150}confidencial)/i;

/** First header line of the mail that is replied to. */
export const fromLine = anyOf(
  '',
  `from, von, de, da, van, od, från, fra, lähettäjä, feladó, de la, kimden, gönderen, от, від, από, من,
  发件人, 寄件者, 差出人, 보낸 사람`,
  '[* ]{0,3}[:：]',
);

/** Its other header lines. */
export const headLine = anyOf(
  '',
  `sent, date, to, cc, subject, gesendet, an, datum, betreff, envoyé, à, objet, enviado, enviada em, para, asunto, assunto,
  inviato, a, oggetto, data, verzonden, aan, onderwerp, wysłano, wysłane, do, temat, skickat, till, ämne, sendt, til, emne,
  lähetetty, vastaanottaja, aihe, odesláno, komu, předmět, elküldve, címzett, tárgy, gönderildi, kime, konu,
  отправлено, кому, тема, дата, 发送时间, 收件人, 主题, 寄件日期, 收件者, 主旨, 送信日時, 宛先, 件名, 보낸 날짜, 받는 사람, 제목`,
  '[* ]{0,3}[:：]',
);

/** `On Monday, … wrote:` before a quotation. */
export const attribution = anyOf(
  '',
  'on, am, le, el, il, op, em, den, på, w dniu, dnia, dne, в, ',
  `.{5,250}(?:${alternatives(`wrote, schrieb, a écrit, escribió, ha scritto, schreef, escreveu, skrev, skrifaði, napisał,
  napsal, kirjoitti, írta, a scris, yazdı, пишет, написал, написав, έγραψε, 写道, 寫道, のメール, 작성`)}).{0,60}[:：]$`,
);

/** Signatures that phones append by default. */
export const mobileSignature = anyOf(
  '',
  `sent from my, sent from outlook, sent from mail, sent via, get outlook for, von meinem, gesendet von, gesendet mit,
  outlook für, envoyé de mon, envoyé depuis, télécharger outlook, enviado desde, enviado do, obtener outlook, inviato da,
  verzonden vanaf, verstuurd vanaf, skickat från, sendt fra, wysłane z, odesláno z, lähetetty, отправлено с, 发自我的, iphoneから送信`,
  '(?: |$)',
);

/** Alone on a line, these close a mail, and a signature follows. */
export const closings: ReadonlySet<string> = new Set(
  phrasesOf(`
  regards, best regards, kind regards, warm regards, with kind regards, kindest regards, many regards, best wishes, best
  thanks and regards, thanks & regards, thanks and best regards, thanks and kind regards, sincerely, yours sincerely
  yours faithfully, yours truly, respectfully, cordially, cheers
  mit freundlichen grüßen, mit freundlichen gruessen, mit freundlichem gruß, freundliche grüße, freundliche grüsse
  mit freundlichen grüssen, viele grüße, liebe grüße, beste grüße, schöne grüße, mit besten grüßen, grüße, gruß, mfg, vg, lg
  cordialement, bien cordialement, bien à vous, salutations, sincères salutations, meilleures salutations, cdlt
  saludos, un saludo, saludos cordiales, atentamente, cordialmente, un cordial saludo
  atenciosamente, att, cumprimentos, com os melhores cumprimentos, abraços
  cordiali saluti, distinti saluti, saluti, cordialmente
  met vriendelijke groet, met vriendelijke groeten, vriendelijke groet, groeten, groetjes, mvg
  pozdrawiam, z poważaniem, serdecznie pozdrawiam
  med vänlig hälsning, med vänliga hälsningar, vänliga hälsningar, hälsningar, mvh
  med venlig hilsen, med vennlig hilsen, venlig hilsen, vennlig hilsen, hilsen, vh, ystävällisin terveisin, terveisin
  s pozdravem, s pozdravom, üdvözlettel, tisztelettel, cu stimă, saygılarımla, с уважением, з повагою, με εκτίμηση
  此致, 谢谢, よろしくお願いします, よろしくお願いいたします, 宜しくお願い致します, 감사합니다
`),
);

/** These close a mail only if a name and a few short lines follow. */
export const thanks: ReadonlySet<string> = new Set(
  phrasesOf(`
  thanks, thank you, many thanks, thanks a lot, thank you very much, thanks in advance, thank you in advance, thx, ty
  danke, vielen dank, besten dank, danke im voraus, vielen dank im voraus, merci, merci d'avance, merci beaucoup
  gracias, muchas gracias, gracias de antemano, grazie, grazie mille, obrigado, obrigada, bedankt, alvast bedankt
  dziękuję, z góry dziękuję, tack, tack på förhand, tak, takk, kiitos, děkuji, děkuji předem, köszönöm, спасибо, дякую
`),
);
