import { phrasesOf } from './phrases.js';

/** Phrases of headers, quotations and signatures in mails, in the languages of the largest markets of mail programs. */

const alternatives = (phrases: string): string => phrasesOf(phrases).join('|');

/** Matches at the beginning of a sentence. */
function beginning(before: string, phrases: string, after: string): RegExp {
  const either = alternatives(phrases);
  return new RegExp(`^${before}(?:${either})${after}`, 'iu');
}

/** Matches at the beginning of a line, quoted or not. */
const anyOf = (before: string, phrases: string, after: string): RegExp =>
  beginning(`[>* ]{0,8}${before}`, phrases, after);

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
  ursprungligt meddelande, oprindelig meddelelse, oprindelig besked, opprinnelig melding, alkuperäinen viesti, původní zpráva,
  исходное сообщение, 原始邮件, 元のメッセージ, 원본 메시지`,
  '',
);

/** The line that help desks put above the quoted mail. */
export const replyAbove = anyOf(
  '(?:o?[-–—=*_#]{1,20})? ?',
  `(?:please )?(?:(?:type|write|enter|add) )?(?:your |a )?reply above this line
  bitte (?:antworten sie|schreiben sie ihre antwort) (?:oberhalb|über) dieser (?:linie|zeile)
  répondez au-dessus de cette ligne, responda por encima de esta línea`,
  '',
);

/** The same in words that may begin a sentence about it, and then more follows. */
export const replyAboveAlone = anyOf(
  '(?:o?[-–—=*_#]{1,20})? ?',
  `bitte (?:ihre antwort )?(?:oberhalb|über) dieser (?:linie|zeile) (?:antworten|schreiben)
  bitte geben sie ihre antwort (?:oberhalb|über) dieser (?:linie|zeile) ein
  (?:veuillez |merci de )?répond(?:ez|re) au[- ]dessus de cette ligne
  (?:por favor\\W*)?(?:respond[ae]|escrib[ae] su respuesta) (?:por )?encima de esta línea
  (?:si prega di |per favore\\W*)?rispond(?:i|ere|ete) (?:al di )?sopra (?:di )?quest[ao] (?:riga|linea)
  (?:por favor\\W*)?respond[ae] acima desta linha
  (?:gelieve |graag )?(?:uw |je )?antwoord(?:en)? boven deze (?:regel|lijn)
  (?:prosz[eę] )?odpowi(?:ada|edz)\\p{L}* powy[zż]ej tej linii
  (?:vänligen )?svara ovanför (?:denna|den här), (?:venligst |vennligst )?svar over denne linje
  vastaa tämän (?:rivin|viivan) yläpuolelle, (?:prosím )?odpov\\p{L}+ nad (?:tuto|tento|túto)
  (?:пожалуйста\\W*)?(?:отвечайте|ответьте|пишите ответ) выше этой, この[行線]より上, 请在此[行线]以?上方?(?:回复|输入回复)?, 請在此[行線]以?上方?(?:回覆)?`,
  '\\P{L}{0,30}$',
);

/**
 * The banner that mail servers put above mail from outside, by the beginnings of its sentences. Each of them begins in one of these
 * ways, and one tells the reader what not to do: a person who reports a mail tells what happened.
 */
export const externalBanner = {
  /** Alone between marks: `CAUTION:`, `[EXTERNAL]`. */
  sign: beginning(
    '',
    `caution, warning, attention, notice, alert, security notice, security warning,
    external, external e-?mail, external message, external sender, external mail, achtung, vorsicht, warnung, hinweis,
    sicherheitshinweis, extern, externe e-?mail, externe mail, externe nachricht, externer absender, avertissement, prudence,
    e-?mail externe, courriel externe, message externe, expéditeur externe, precaución, atención, advertencia, aviso, cuidado,
    correo externo, remitente externo, mensaje externo, let op, waarschuwing, opgelet, externe afzender, attenzione, avviso,
    e-?mail esterna, mittente esterno, atenção, e-?mail externo, learn why this is important`,
    '\\P{L}*$',
  ),
  /** About the mail, with {@link outside}. */
  origin: beginning(
    '',
    `this, the sender, you don['’]t often, you do not often, you have received, external, diese, dieses, der absender,
    die e-?mail, externe, ce, cet, cette, l['’]expéditeur, vous n['’], este, esta, el remitente, el correo, deze, dit, de afzender,
    questa, questo, il mittente, o remetente, a mensagem`,
    '',
  ),
  outside:
    /outside|extern|außerhalb|ausserhalb|extérieur|exterior|fuera de|buiten|estern|al di fuori|fora da|you (?:don['’]t|do not) often get/i,
  /** With {@link object}. */
  imperative: beginning(
    '(?:(?:please|bitte|veuillez|merci de|por favor|si prega di|alstublieft),? )?',
    `(?:do not|don['’]t|never) (?:click|open|follow|download),
    avoid (?:clicking|opening|following|downloading), (?:exercise|use|take) (?:extreme |extra )?(?:caution|care),
    be (?:careful|cautious|wary|vigilant), think before, treat (?:this|links|attachments), proceed with caution,
    unless you.*(?:do not|don['’]t) (?:click|open), klicken sie (?:nicht|auf keine|keine|nur), klicke? (?:nicht|auf keine),
    öffnen sie (?:nicht|keine|nur), keine (?:links|anhänge)(?: (?:oder|und) (?:links|anhänge))? (?:öffnen|anklicken),
    (?:links|anhänge)(?: (?:oder|und) (?:links|anhänge))? (?:nicht|nur) (?:öffnen|anklicken), nicht auf (?:links|anhänge),
    seien sie vorsichtig, vorsicht beim, ne cliqu, n['’]ouvr, (?:de )?ne pas (?:cliqu|ouvr),
    évit(?:ez|er) (?:de cliqu|d['’]ouvr), soyez (?:prudent|vigilant), faites preuve, no haga clic, no hagas clic, no abr[ai],
    no puls[ea], no pinche, no cliqu, tenga (?:cuidado|precaución), evite (?:abrir|hacer|clicar), klik niet, klik geen,
    klik alleen, open geen, open alleen, wees voorzichtig, (?:di )?non clicc, (?:di )?non (?:fare|fate|faccia) clic,
    (?:di )?non apri, prestare attenzione, fare attenzione, prestate attenzione, não cli(?:que|car), não abr[ai], tenha cuidado`,
    '',
  ),
  object: /link|attach|anhäng|anlage|lien|pièce|enlace|adjunt|bijlage|allegat|anexo|clic|klick/i,
} as const;

/** Begins the disclaimer below a mail, if {@link legalWords} follow: a ticket may be about a confidential message. */
export const confidentiality =
  /^(?:(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication)[^.]{0,150}(?:confidential|privileged|intended)|diese (?:e-?mail|nachricht)[^.]{0,150}vertraulich|ce (?:message|courriel)[^.]{0,150}confidentiel|este (?:mensaje|correo)[^.]{0,150}confidencial)/i;

export const legalWords =
  /if you (?:are not|have received|received)|the (?:intended )?(?:recipient|addressee)|named (?:recipient|addressee)|individual or entity|solely|exclusively|privileged|unauthori[sz]ed|prohibited|empfänger|adressat|unbefugt|irrtümlich|destinat[aá]ri|destinataire|par erreur|por error/i;

/** The header lines of the mail that is replied to. */
export interface HeadForm {
  readonly sender: RegExp;
  readonly senders: string;
  /** The other lines, also the subject. */
  readonly other: RegExp;
  readonly subject: RegExp;
}

const ofLine = (names: string): RegExp => anyOf('', names, '[* ]{0,3}[:：]');

/** In one language: a form that people fill in has such names, too, and those of several languages are no mail. */
function headForm(senders: string, others: string, subjects: string): HeadForm {
  return { sender: ofLine(senders), senders, other: ofLine(`${others}, ${subjects}, cc`), subject: ofLine(subjects) };
}

export const headForms: readonly HeadForm[] = [
  headForm('from', 'sent, date, to', 'subject'),
  headForm('von', 'gesendet, datum, an', 'betreff'),
  headForm('de, expéditeur', 'envoyé, envoyé le, message du, date, à, a, copie à', 'objet, sujet'),
  headForm('de', 'enviado, enviado el, fecha, para', 'asunto'),
  headForm('de', 'enviado, enviada em, enviado em, data, para', 'assunto'),
  headForm('da', 'inviato, data, a', 'oggetto'),
  headForm('van', 'verzonden, datum, aan', 'onderwerp'),
  headForm('od', 'wysłano, wysłane, data, do', 'temat'),
  headForm('från', 'skickat, datum, till', 'ämne'),
  headForm('fra', 'sendt, dato, til', 'emne'),
  headForm('lähettäjä', 'lähetetty, päivämäärä, vastaanottaja', 'aihe'),
  headForm('od', 'odesláno, odoslané, datum, dátum, komu', 'předmět, predmet'),
  headForm('feladó', 'elküldve, dátum, címzett', 'tárgy'),
  headForm('kimden, gönderen', 'gönderildi, tarih, kime', 'konu'),
  headForm('de la', 'trimis, data, către', 'subiect'),
  headForm('šalje, pošiljatelj, od', 'poslano, datum, prima, za', 'predmet, zadeva'),
  headForm('từ', 'đã gửi, gửi, đến, tới', 'chủ đề'),
  headForm('dari', 'dikirim, terkirim, kepada, ke', 'subjek, perihal'),
  headForm('nuo', 'išsiųsta, kam', 'tema'),
  headForm('saatja', 'saadetud, kellele', 'teema'),
  headForm('от, от кого', 'отправлено, дата, кому', 'тема'),
  headForm('от', 'изпратено, дата, до', 'относно, тема'),
  headForm('від', 'надіслано, дата, кому', 'тема'),
  headForm('από', 'στάλθηκε, ημερομηνία, προς', 'θέμα'),
  headForm('من', 'تم الإرسال, التاريخ, إلى', 'الموضوع'),
  headForm('מאת', 'נשלח, תאריך, אל', 'נושא'),
  headForm('จาก', 'ส่ง, วันที่, ถึง', 'เรื่อง, หัวเรื่อง'),
  headForm('发件人', '发送时间, 日期, 收件人, 抄送', '主题'),
  headForm('寄件者', '寄件日期, 日期, 收件者, 副本', '主旨'),
  headForm('差出人', '送信日時, 日付, 宛先', '件名'),
  headForm('보낸 사람', '보낸 날짜, 날짜, 받는 사람, 참조', '제목'),
];

/** The line of the sender in any of them: most lines are none. */
export const senderLine = ofLine(headForms.map(({ senders }) => senders).join());

/** How programs say that somebody wrote the mail below. */
const wrote =
  alternatives(`wrote, schrieb, a écrit, escribió, ha scritto, schreef, escreveu, skrev, skrifaði, napisał, napsal,
  napísal, kirjoitti, írta, a scris, yazdı, пишет, пише, написал, написав, написа, έγραψε, đã viết, menulis, เขียนว่า, 写道, 寫道, のメール, 작성`);

/** `On Monday, … wrote:` before a quotation. */
export const attribution = anyOf(
  '',
  'on, am, le, el, il, op, em, den, på, w dniu, dnia, dne',
  `.{5,250}(?:${wrote}).{0,60}[:：]$`,
);

/** The same with beginnings and verbs that occur in other sentences, so that it is sure only with a date and a time. */
export const datedAttribution = anyOf('', 'at, in data, в', ` .{5,250}(?:${wrote})(?:[аоi]|\\([аa]\\))? ?[:：]$`);

/** The same without one of its beginnings, which is sure above lines that are marked as a quotation. */
export const attributionEnding = new RegExp(`(?:${wrote}).{0,60}[:：]\\p{Bidi_Control}{0,4}$`, 'iu');

/** The same with an address, which is sure with a date and a time: `23.11.2026, 10:00, Desk <d@acme.example> wrote:`. */
export const attributionWithAddress = new RegExp(
  `(?:^|[ "'])<[^<>\\s@]{1,100}@[^<>\\s@]{1,100}> ?(?:${wrote}).{0,60}[:：]$`,
  'iu',
);

/** Between lines, and without a colon: `---- On Mon, 23 Nov 2026 10:00 Desk <d@acme.example> wrote ----`. */
export const attributionBetweenLines = new RegExp(
  `^-{2,20} .{5,250}<[^<>\\s@]{1,100}@[^<>\\s@]{1,100}> ?(?:${wrote}) ?-{2,20}$`,
  'iu',
);

/** A time, a name and an address alone: `Mon, 23.11.2026, 10:00, Desk <d@acme.example>:`. */
export const timeAndAddress =
  /^(?:\p{L}{1,12}\.?, )?\d{1,4}[./年 -].{3,40}\d[:.]\d\d(?: [+-]\d{4})?,?(?: от)?(?: "[^"]{1,80}"|(?: [\p{Lu}\p{Lo}][^\s<>]{0,40}){1,4}) <[^<>\s@]{1,100}@[^<>\s@]{1,100}> ?[:：]$/u;

/** The rest of a line about Outlook: a ticket may be about it. */
const download = '(?:ios|android)(?: \\p{L}+)?(?: ?[<(\\[].*)?$';

/** Signatures that phones append by default. */
export const mobileSignature = anyOf(
  '',
  `sent from my, sent from outlook, sent from mail, sent via, (?:get|télécharger|obtener) outlook (?:for|pour|para) ${download},
  von meinem \\S+(?: \\S+)? gesendet\\.?$, gesendet von, gesendet mit, outlook für ${download}, envoyé de mon, envoyé depuis, enviado desde,
  enviado do, inviato da, verzonden vanaf, verstuurd vanaf, skickat från, sendt fra, wysłane z, odesláno z, lähetetty, отправлено с, 发自我的, iphoneから送信`,
  '(?: |$)',
);

const virusScanner = '(?:avast|avg|bitdefender|eset|kaspersky|mailscanner|mcafee|norton)';

/** Signatures of phones and virus scanners that may begin a sentence, and then more follows. */
export const appendedLine = anyOf(
  '',
  `diese nachricht wurde von meinem \\S+(?: \\S+)?(?: \\S+)?(?: \\S+)? gesendet
  envoyé à partir de mon [\\p{L}\\d-]+(?: [\\p{L}\\d-]+)?
  envoyé à partir (?:de |d['’])(?:outlook|courrier|mail|orange mail|yahoo mail)(?: pour (?:android|ios|mac|windows)(?: \\d\\d)?)?
  從我的 ?\\S+ ?傳送
  (?:virus-free|virenfrei|sans virus|libre de virus|livre de vírus|privo di virus|virusvrij)\\.(?: ?[<[(]?(?:https?://|www\\.)\\S+)?
  this (?:e-?mail|message) (?:was|has been) (?:checked|scanned) (?:for viruses )?(?:and dangerous content )?(?:by|with) ${virusScanner}[\\w ]*
  diese (?:e-?mail|nachricht) wurde von ${virusScanner}[\\p{L} -]* auf viren (?:geprüft|überprüft)
  (?:cet|ce) (?:e-?mail|message|courriel) a été (?:analysé|vérifié) par (?:le logiciel )?(?:antivirus )?(?:d['’])?${virusScanner}[\\p{L} ]*`,
  '\\.?$',
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
