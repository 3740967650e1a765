/** What letters begin and end with, in the languages of the notes: it answers no ticket, so no quote begins or ends with it. */

const greeting =
  /^ {0,3}(?:hi|hiya|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|moin|guten (?:tag|morgen|abend)|sehr geehrte[rs]?|liebe[rs]?|hola|estimad[oa]s?|buen(?:os|as) (?:días|tardes|noches)|bonjour|bonsoir|salut|chère?s?|chers?|ciao|buongiorno|buonasera|salve|gentile|gentilissim[oaie]|olá|oi|prezad[oa]s?|car[oa]s?|bom dia|boa (?:tarde|noite)|beste|geachte|dag|goede(?:morgen|middag|navond)|dzień dobry|cześć|witam|szanown[yai](?: państwo)?|您好|你好|尊敬的|親愛的|亲爱的|大家好|こんにちは|おはようございます|お世話になっております|お疲れ様です)(?: [\p{L}.'’-]{1,40}){0,5} ?(?<end>[,!:.，！：。、]?)(?![\p{L}\p{N}]) {0,4}/iu;

const thanks =
  /^(?:many thanks|thank you|thanks|vielen dank|danke|(?:muchas )?gracias|merci|grazie|(?:muito )?obrigad[oa]|bedankt|hartelijk dank|dziękuj|感谢|感謝|谢谢|謝謝|ありがとう|お問い合わせいただき)/iu;
const closing =
  /^(?:(?:best|kind|warm|many)?\s?regards|best wishes|cheers|sincerely|yours|mit freundlichen gr|(?:viele|beste|liebe|freundliche|schöne) gr[uü]|mfg\b|(?:un )?saludos?|atentamente|cordialement|bien (?:à|cordialement)|(?:cordiali|distinti) saluti|atenciosamente|(?:com os melhores )?cumprimentos|met vriendelijke gr|groet|(?:z )?pozdrawiam|pozdrowieni|z poważaniem|此致|祝好|よろしくお願い|敬具)/iu;

/** Words. A longer paragraph says something besides. */
const longestThanks = 25;

/** Words of a greeting without a mark at its end: more of them may be a sentence. */
const longestBare = 3;

/** A line that only greets. */
export function isSalutation(line: string): boolean {
  const found = greeting.exec(line);
  if (found === null || found[0].trim() !== line.trim()) return false;
  return found.groups?.['end'] !== '' || line.trim().split(' ').length <= longestBare;
}

/** Without a greeting that stands before a sentence: "Hi Kim, restart the client." */
export function withoutSalutation(text: string): string {
  const found = greeting.exec(text);
  return found?.groups?.['end'] === ',' || found?.groups?.['end'] === '，' ? text.slice(found[0].length) : text;
}

/** A paragraph that only thanks. */
export function isThanks(paragraph: string): boolean {
  return thanks.test(paragraph) && paragraph.split(' ', longestThanks + 1).length <= longestThanks;
}

/** Where a letter ends: names and telephone numbers follow. */
export function isClosing(paragraph: string): boolean {
  return closing.test(paragraph);
}
