import { phrases } from './function-words.js';
import { wordsOf } from './tokenization.js';

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

/** What people close a ticket with when they tell nothing of how it was solved. In pairs where a script has no blanks. */
const closingWords: ReadonlySet<string> = new Set(
  wordsOf(
    `done fixed solved resolved closed closing completed ok okay fine now again issue problem ticket request case incident
    user customer caller client requester confirmed solution resolution duplicate invalid na obsolete test tested see above
    erledigt gelöst behoben geschlossen fertig läuft jetzt problem anwender benutzer kunde bestätigt siehe oben lösung
    hecho resuelto resuelta solucionado solucionada cerrado cerrada listo ahora problema usuario cliente confirmado
    fait résolu réglé corrigé fermé terminé maintenant problème utilisateur confirmé
    fatto risolto chiuso ora utente confermato concluído resolvido fechado feito agora utilizador
    opgelost gesloten klaar gedaan gebruiker bevestigd rozwiązane zamknięte zrobione gotowe użytkownik
    已解决 问题已解决 已完成 已关闭 已处理 处理完毕 用户确认 解決済み 解決しました 完了 完了しました 対応済み 対応しました クローズ`,
  ),
);

/** Whether a resolution tells that a ticket was solved, and nothing of how: "Done.", "Fixed now, user confirmed." */
export function saysNothing(resolution: string): boolean {
  if (resolution.length >= longestEmpty) return false;
  const words = wordsOf(resolution);
  if (words.length > 0) return words.every((word) => closingWords.has(word));
  // Of function words and single letters: `Z:` and "Off and on" tell how.
  const written = resolution.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return written.length === 0 || written.some((word) => phrases.includes(word));
}

/** Characters. */
const longestEmpty = 200;
