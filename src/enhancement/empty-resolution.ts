import { phrases } from './function-words.js';
import { wordsOf } from './tokenization.js';

/** Characters. A longer resolution says something besides. */
const longestEmpty = 200;

/** What people close a ticket with when they tell nothing of how it was solved. In pairs where a script has no blanks. */
const emptyWords: ReadonlySet<string> = new Set(
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
export function isEmptyResolution(resolution: string): boolean {
  if (resolution.length >= longestEmpty) return false;
  const words = wordsOf(resolution);
  if (words.length > 0) return words.every((word) => emptyWords.has(word));
  // Of function words and single letters: `Z:` and "Off and on" tell how.
  const written = resolution.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return written.length === 0 || written.some((word) => phrases.includes(word));
}
