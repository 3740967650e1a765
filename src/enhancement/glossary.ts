import { type Language, languages } from './note-words.js';
import { negation, termOf, termsOf, wordsOf } from './tokenization.js';

/**
 * Words of the trade that say the same. A ticket is searched by other words for its own, and by those of another language where no
 * document has one of its own: a requester who writes French is answered by an article in English.
 *
 * A line for each meaning, a column for each of `languages`. Inflections with the same first six letters are one.
 */
const meanings = `
print printer printing | drucker drucken druckt | impresora imprimir imprime | imprimante imprimer imprime | stampante stampare stampa | impressora imprimir imprime | printer printen afdrukken | drukarka drukarki drukować drukuje | 打印 打印机 | 印刷 プリンタ プリンター
queue | warteschlange | cola | attente | coda | fila | wachtrij | kolejka kolejce | 队列 | キュー
scan scanner | scan scannen scanner | escanear escáner | numériser numérisation | scansione scansionare | digitalizar | scannen scan | skan skaner skanować | 扫描 | スキャン
password | kennwort passwort | contraseña | passe | password | senha palavra-passe | wachtwoord | hasło hasła hasłem | 密码 | パスワード
account | konto benutzerkonto | cuenta | compte | account utenza | conta | account | konto konta | 账户 账号 | アカウント
locked lockout | gesperrt sperrt sperrung | bloqueada bloqueado bloquea | bloqué verrouillé | bloccato bloccata | bloqueada bloqueado | geblokkeerd vergrendeld | zablokowane zablokowany zablokowana | 锁定 | ロック
forgot forgotten | vergessen | olvidé olvidado | oublié | dimenticato dimenticata | esqueci | vergeten | zapomniałem zapomniałam | 忘记 | 忘れ
reset | zurücksetzen | restablecer | réinitialiser | reimpostare | redefinir repor | resetten | zresetować | 重置 | リセット
expired expires | abgelaufen | caducado caducada vencido | expiré expirée | scaduto scaduta | expirou expirado expirada | verlopen | wygasło wygasł wygasła | 过期 | 期限切れ 有効期限
login logon signin | anmelden anmeldung einloggen | sesión entrar | identifier authentification | accedere | entrar sessão | inloggen aanmelden | zalogować logowanie logowania | 登录 | ログイン サインイン
authenticator mfa 2fa twofactor otp | authenticator mfa | authenticator mfa | authentificateur mfa | authenticator mfa | autenticador mfa | authenticator mfa | uwierzytelniający mfa | 验证器 身份验证 | 認証
mail email | mail email | correo | courriel mail | mail email | correio email | mail email | mail poczta poczty | 邮件 | メール
mailbox inbox | postfach | buzón | boîte | casella | caixa | postvak mailbox | skrzynka skrzynki | 邮箱 | メールボックス 受信トレイ
attachment | anhang | adjunto | jointe | allegato | anexo | bijlage | załącznik | 附件 | 添付
phishing suspicious | phishing verdächtig | sospechoso phishing | suspect phishing hameçonnage | sospetto sospetta phishing | suspeito phishing | verdacht phishing | podejrzany phishing | 钓鱼 可疑 | フィッシング 不審
calendar | kalender | calendario | calendrier agenda | calendario | calendário | agenda | kalendarz | 日历 | カレンダー 予定表
full | voll | lleno llena | pleine plein | piena pieno | cheia cheio | vol | pełna pełny pełne | 已满 | いっぱい 満杯
space storage | speicher speicherplatz | espacio almacenamiento | espace stockage | spazio | espaço armazenamento | ruimte opslag | miejsca miejsce | 空间 | 容量
slow sluggish | langsam | lento lenta | lent lente lenteur | lento lenta | lento lenta | traag langzaam | wolno wolny powolny | 很慢 缓慢 | 遅い
laptop notebook computer | laptop notebook rechner | portátil ordenador | portable ordinateur | portatile computer | portátil computador | laptop computer | laptop komputer | 电脑 笔记本 | パソコン
phone smartphone mobile | handy telefon smartphone | teléfono móvil | téléphone smartphone | telefono cellulare | telefone telemóvel celular | telefoon mobiel | telefon telefonu | 手机 电话 | 電話 携帯 スマホ
stolen lost | gestohlen verloren | robado perdido | volé vol perdu | rubato perso smarrito | roubado perdi perdido | gestolen kwijt | skradziony zgubiłem zgubiłam | 被盗 丢失 | 盗まれ 紛失
monitor screen display | monitor bildschirm | monitor pantalla | écran moniteur | schermo monitor | ecrã tela monitor | scherm beeldscherm monitor | monitor ekran | 显示器 屏幕 | モニター モニタ ディスプレイ
black dark | schwarz dunkel | negro negra | noir noire | nero nera | preto preta | zwart | czarny | 黑屏 | 真っ暗
dock docking | dock dockingstation | estación acoplamiento | station dock | dock docking | estação dock | dock dockingstation | dokująca dokującej | 扩展坞 | ドック ドッキング
keyboard | tastatur | teclado | clavier | tastiera | teclado | toetsenbord | klawiatura | 键盘 | キーボード
mouse | maus | ratón | souris | mouse | rato | muis | mysz myszka | 鼠标 | マウス
microphone headset | mikrofon headset | micrófono auriculares | micro casque | microfono cuffie | microfone auscultadores | microfoon headset koptelefoon | mikrofon słuchawki | 麦克风 耳机 | マイク ヘッドセット
camera webcam | kamera | cámara | caméra | webcam telecamera | câmara câmera | camera | kamera | 摄像头 | カメラ
sound audio hear | ton hört audio | sonido oye audio | audio entend | audio suono sente | som ouve áudio | geluid hoort audio | dźwięk dźwięku słyszy | 声音 听不到 | 音声 聞こえ 音が
meeting | besprechung | reunión | réunion | riunione | reunião | vergadering | spotkanie spotkania | 会议 | 会議
network | netzwerk | red | réseau | rete | rede | netwerk | sieć sieci sieciowy | 网络 | ネットワーク
wifi wlan wireless | wlan wifi | wifi | wifi | wifi | wifi | wifi | wifi | 无线 | 無線
internet | internet | internet | internet | internet | internet | internet | internet internetu | 互联网 | インターネット
drop disconnect | trennt getrennt bricht | corta desconecta | coupe déconnecte | disconnette cade | cai desconecta | verbreekt valt | rozłącza zrywa | 断开 掉线 断线 | 切断 切れる
connect connection | verbinden verbindung verbindet | conectar conexión conecta | connecter connexion connecte | connettere connessione connette | ligar ligação conectar conexão | verbinding verbinden | połączenie połączyć łączy | 连接 连不上 | 接続 繋がら つながら
hour | stunde | hora | heure | ora ore | hora | uur | godzina godzinę | 小时 | 時間
certificate cert | zertifikat | certificado | certificat | certificato | certificado | certificaat | certyfikat | 证书 | 証明書
renew renewal | erneuern erneuerung | renovar renovación | renouveler renouvellement | rinnovare rinnovo | renovar renovação | vernieuwen verlenging | odnowić odnowienie odnawia | 续期 | 更新
update upgrade | update aktualisierung | actualización actualizar | mise | aggiornamento aggiornare | atualização atualizar | update bijwerken | aktualizacja aktualizacji | 更新 升级 | アップデート 更新
software program | software programm | software programa | logiciel programme | software programma | software programa | software programma | oprogramowanie program | 软件 | ソフト
install installation | installieren installation | instalar instalación | installer installation | installare installazione | instalar instalação | installeren installatie | zainstalować instalacja | 安装 | インストール
restart reboot | neustart | reiniciar reinicia reinicio | redémarrer redémarre redémarrage | riavviare riavvia riavvio | reiniciar reinicia | herstarten herstart | restart restartować | 重启 重新启动 | 再起動
start boot | startet starten | arranca arrancar inicia | démarre démarrer | avvia avviare | arranca inicia | start opstarten | uruchamia uruchomić | 启动 开机 | 起動
stuck hang freeze jam jammed | hängt hängen | atascada atascado congela | coincé fige figé | bloccata bloccati congela | travado presa congela | vast hangt | zawiesza zawiesił utknął | 卡住 死机 | 固まる フリーズ
error fault | fehler fehlermeldung | error | erreur | errore | erro | fout foutmelding | błąd błędu błędem | 错误 | エラー
fail failed failure | fehlgeschlagen scheitert | falla fallo fallido | échoue échec échoué | fallito fallisce | falha falhou | mislukt mislukte | niepowodzenie | 失败 | 失敗
start open launch | startet starten starte öffnet öffnen | arranca arrancar abre abrir inicia | démarre démarrer ouvre ouvrir | avvia apre aprire | abre abrir inicia | opent starten openen | uruchamia uruchomić otwiera | 启动 打开 | 起動 開か 開き
file document spreadsheet workbook | datei dokument tabelle | archivo fichero documento | fichier document classeur | file documento | ficheiro arquivo documento | bestand document spreadsheet | plik pliki plików arkusz | 文件 | ファイル
folder directory | ordner verzeichnis | carpeta | dossier répertoire | cartella | pasta | map | folder katalog | 文件夹 | フォルダ
deleted gone disappeared vanished missing removed erased | gelöscht verschwunden | borrado borrada borré eliminado desaparecido | supprimé effacé disparu | cancellato eliminato sparito | apagado apaguei eliminado desapareceu | verwijderd gewist verdwenen | usunięty usunąłem usunęłam zniknął skasowany | 删除 误删 不见 | 削除 消えた
restore recover | wiederherstellen wiederherstellung | recuperar restaurar | restaurer récupérer | ripristinare recuperare | restaurar recuperar | herstellen terughalen | przywrócić odzyskać | 恢复 还原 | 復元 復旧
backup | backup sicherung | copia respaldo | sauvegarde | backup | backup cópia | backup | kopia zapasowa backup | 备份 | バックアップ
shared share | freigabe geteilt | compartida compartido | partagé partage | condivisa condiviso | partilhada compartilhada | gedeelde gedeeld | udostępniony współdzielony | 共享 | 共有
drive | laufwerk netzlaufwerk | unidad | lecteur | unità | unidade | netwerkschijf | dysk | 共享盘 | ドライブ
disk | festplatte platte | disco | disque | disco | disco | schijf | dysk dysku | 磁盘 硬盘 | ディスク
access permission | zugriff berechtigung | acceso permiso | accès autorisation | accesso permesso autorizzazione | acesso permissão | toegang rechten | dostęp dostępu uprawnienia | 权限 | アクセス 権限
denied refused rejected | verweigert abgelehnt | denegado rechazado | refusé refuse rejeté | negato rifiutato | negado recusado rejeitado | geweigerd | odmowa odrzucony odrzucane | 拒绝 | 拒否
server | server | servidor | serveur | server | servidor | server | serwer serwera | 服务器 | サーバ サーバー
reachable unreachable respond answer | erreichbar antwortet | responde accesible | joignable injoignable répond | raggiungibile risponde | responde acessível | bereikbaar onbereikbaar reageert | odpowiada osiągalny | 响应 连不上 | 応答
website site | webseite website | web sitio | site | sito | site | website | strona strony witryna | 网站 | サイト
page | seite | página | page | pagina | página | pagina | strona strony | 页面 | ページ
database | datenbank | datos | données | database | dados | database | baza bazy bazą | 数据库 | データベース
domain | domain | dominio | domaine | dominio | domínio | domein | domena domeny domenę | 域名 | ドメイン
transfer | transfer übertragung | transferencia transferir | transfert transférer | trasferimento trasferire | transferência transferir | overdracht overzetten | transfer przeniesienie | 转移 | 移管
invoice | rechnung | factura | facture | fattura | fatura | factuur | faktura faktury | 发票 账单 | 請求書
firewall | firewall | cortafuegos | pare-feu | firewall | firewall | firewall | zapora | 防火墙 | ファイアウォール
attack | angriff | ataque | attaque | attacco | ataque | aanval | atak | 攻击 | 攻撃
hacked | gehackt | hackeado | piraté | hackerato violato | hackeado invadido | gehackt | zhakowana włamanie | 被黑 | 改ざん
virus malware | virus schadsoftware | virus | virus | virus | vírus | virus | wirus | 病毒 | ウイルス
snapshot | snapshot | instantánea | instantané | istantanea | instantâneo | snapshot | migawka migawki | 快照 | スナップショット
search find | suche suchen findet | búsqueda buscar encuentra | recherche trouve | ricerca trova | pesquisa encontra | zoeken vindt | wyszukiwanie znajduje | 搜索 | 検索
badge | ausweis | tarjeta | badge | badge | cartão crachá | badge toegangspas | identyfikator | 工卡 | 社員証
employee starter hire newcomer | mitarbeiter mitarbeiterin | empleado empleada | employé embauche | dipendente | funcionário colaborador | medewerker | pracownik pracownica | 员工 | 社員
`;

/** A word's meaning in one of the languages that have the word. */
export interface Meaning {
  readonly language: Language;
  /** The terms that say the same, as an index has them, by language. */
  readonly terms: ReadonlyMap<Language, readonly string[]>;
}

const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+$/u;
/** All scripts without blanks are behind it. */
const firstUnspaced = 0x3040;

const byWord = new Map<string, Meaning[]>();
/** Whole words, by their first letter. */
const byLetter = new Map<string, Set<string>>();
/** With fewer it is a way to write the word: `email`. */
const addedLetters = 3;
/** The terms of words of the same meaning that a word is short for: `website` for `site`. */
const compounds = new Map<string, readonly string[]>();
let longestUnspaced = 0;

for (const line of meanings.trim().split('\n')) {
  const cells = line.split('|').map((cell) => cell.trim().split(' '));
  const byLanguage = new Map(languages.map((language, i) => [language, cells[i] ?? []]));
  const terms = new Map([...byLanguage].map(([language, words]) => [language, [...new Set(words.flatMap(termsIn))]]));
  for (const [language, words] of byLanguage) {
    for (const word of words.flatMap((one) => wordsOf(one).slice(0, 1))) {
      byLetter.set(word.charAt(0), (byLetter.get(word.charAt(0)) ?? new Set()).add(word));
    }
    for (const word of words) {
      const longer = words.filter((other) => other.endsWith(word) && other.length >= word.length + addedLetters);
      if (longer.length > 0) compounds.set(keyOf(word), longer.flatMap(termsIn));
    }
    for (const key of new Set(words.map(keyOf))) {
      byWord.set(key, [...(byWord.get(key) ?? []), { language, terms }]);
      if (isUnspaced(key)) longestUnspaced = Math.max(longestUnspaced, key.length);
    }
  }
}

/** Of each word that has one. */
export const glossary: ReadonlyMap<string, readonly Meaning[]> = byWord;

/** A word of a script without blanks. An index has it in pairs of characters. */
export function isUnspaced(word: string): boolean {
  return unspaced.test(word);
}

/** Of `pare-feu` the whole alone: its parts say something else. */
function termsIn(word: string): string[] {
  return isUnspaced(word) ? termsOf(word).filter((term) => term !== negation) : termsOf(word).slice(0, 1);
}

function keyOf(word: string): string {
  return isUnspaced(word) ? word : (termsOf(word)[0] ?? word);
}

/** @param word one of `wordsOf`, or of {@link unspacedWordAt} */
export function meaningsOf(word: string): readonly Meaning[] {
  return byWord.get(isUnspaced(word) ? word : termOf(word)) ?? [];
}

/** @param word one of `wordsOf` */
export function longerFormsOf(word: string): readonly string[] {
  return compounds.get(termOf(word)) ?? [];
}

/** The longest word of the glossary, of those without blanks, that begins at this place. */
export function unspacedWordAt(text: string, at: number): string | undefined {
  if (text.charCodeAt(at) < firstUnspaced) return undefined;
  for (let length = longestUnspaced; length > 1; length--) {
    const word = text.slice(at, at + length);
    if (byWord.has(word)) return word;
  }
  return undefined;
}

/** Letters of both words. With fewer, a slip makes another word: `rest` and `reset`, `portal` and French `portable`. */
const shortestSlip = { swapped: 6, other: 7 } as const;
/** Letters behind one too many or too few. At the end it makes another word: `director` and `directory`. */
const lettersBehind = 2;

/**
 * The word of the glossary that differs from this one by one slip of the fingers behind its first letter.
 *
 * @returns undefined also for a word that is in the glossary itself
 */
export function wordOfTrade(word: string): string | undefined {
  if (!/^[a-z]+$/.test(word)) return undefined;
  const words = byLetter.get(word.charAt(0)) ?? new Set();
  return words.has(word) ? undefined : [...words].find((other) => isOneSlip(word, other));
}

/** A letter too many or too few, or two that changed places. A wrong letter makes another word: `attach` and `attack`. */
function isOneSlip(word: string, other: string): boolean {
  if (word.length > other.length) return isOneSlip(other, word);
  if (word.length < (word.length === other.length ? shortestSlip.swapped : shortestSlip.other)) return false;
  let at = 0;
  while (at < word.length && word[at] === other[at]) at++;
  const [rest, meant] = [word.slice(at), other.slice(at)];
  if (rest.length < meant.length) return rest.length >= lettersBehind && rest === meant.slice(1);
  const isSwapped = rest.charAt(0) === meant.charAt(1) && rest.charAt(1) === meant.charAt(0);
  return isSwapped && rest.slice(2) === meant.slice(2);
}
