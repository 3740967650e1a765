import type { ContextSourceName } from './vocabulary.js';

/** The languages that the words of a note are there in. */
export const languages = ['en', 'de', 'es', 'fr', 'it', 'pt', 'nl', 'pl', 'zh', 'ja'] as const;
export type Language = (typeof languages)[number];

/** A note's own words. `{…}` is filled in; quotes of sources stay in the language that they were written in. */
export interface NoteWords {
  /** Headlines: what was found. `{title}` is an article's or a ticket's, `{id}` a ticket's. */
  readonly likelyArticle: string;
  readonly likelyTicket: string;
  readonly possiblyRelated: string;
  readonly systems: string;
  readonly nothing: string;
  readonly suggestion: string;
  /** Before the name of a source, in parentheses behind its title. */
  readonly kind: Readonly<Record<ContextSourceName, string>>;
  readonly likely: string;
  readonly possible: string;
  readonly section: string;
  /** Of a system: `{value}` is in the words of the inventory. */
  readonly status: string;
  readonly owner: string;
  /** Around facts behind a name, and between the things of a list. */
  readonly marks: { readonly open: string; readonly close: string; readonly comma: string };
  readonly sources: string;
  /** Of a language model's answer. */
  readonly confidence: Readonly<Record<'low' | 'medium' | 'high', string>>;
  readonly unsupported: string;
  readonly summaryShortened: string;
  /** `{count}` may be 1. */
  readonly stepsLeftOut: string;
  readonly addressRemoved: string;
  /** Remarks at the end. `{sources}` is a list of `searched`. */
  readonly notSearched: string;
  readonly searched: Readonly<Record<ContextSourceName, string>>;
  readonly byModel: string;
  readonly noModel: string;
  readonly modelFailed: string;
}

const latinMarks = { open: ' (', close: ')', comma: ', ' } as const;
const chineseMarks = { open: '（', close: '）', comma: '，' } as const;
const japaneseMarks = { open: '（', close: '）', comma: '、' } as const;

export const noteWords: Readonly<Record<Language, NoteWords>> = {
  en: {
    likelyArticle: 'Probably answered by the article “{title}”',
    likelyTicket: 'Probably solved before, in {id}: “{title}”',
    possiblyRelated: 'Possibly related: “{title}”',
    systems: 'Known about the systems that the ticket names',
    nothing: 'Nothing similar was found among solved tickets and articles.',
    suggestion: 'Suggestion',
    kind: { ticket_history: 'solved ticket', knowledge_base: 'article', inventory: 'system' },
    likely: 'likely',
    possible: 'possible',
    section: 'section “{heading}”',
    status: 'status: {value}',
    owner: 'owner: {value}',
    marks: latinMarks,
    sources: 'Sources',
    confidence: { low: 'Confidence: low.', medium: 'Confidence: medium.', high: 'Confidence: high.' },
    unsupported: '(not in the sources)',
    summaryShortened: 'A part of the summary was left out: it has a command that stands in no source.',
    stepsLeftOut: 'Steps left out, because they have a command that stands in no cited source: {count}.',
    addressRemoved: '(address removed)',
    notSearched: 'Could not be searched: {sources}.',
    searched: { ticket_history: 'solved tickets', knowledge_base: 'knowledge base', inventory: 'inventory' },
    byModel: 'Written by a language model from these sources; check before acting.',
    noModel: 'No language model was used.',
    modelFailed: 'The language model could not be used; these are quotes.',
  },
  de: {
    likelyArticle: 'Wahrscheinlich beantwortet im Artikel „{title}“',
    likelyTicket: 'Wahrscheinlich schon einmal gelöst, in {id}: „{title}“',
    possiblyRelated: 'Möglicherweise verwandt: „{title}“',
    systems: 'Bekannt über die Systeme, die im Ticket stehen',
    nothing: 'Unter gelösten Tickets und Artikeln wurde nichts Ähnliches gefunden.',
    suggestion: 'Vorschlag',
    kind: { ticket_history: 'gelöstes Ticket', knowledge_base: 'Artikel', inventory: 'System' },
    likely: 'wahrscheinlich',
    possible: 'möglich',
    section: 'Abschnitt „{heading}“',
    status: 'Status: {value}',
    owner: 'verantwortlich: {value}',
    marks: latinMarks,
    sources: 'Quellen',
    confidence: { low: 'Sicherheit: gering.', medium: 'Sicherheit: mittel.', high: 'Sicherheit: hoch.' },
    unsupported: '(nicht in den Quellen)',
    summaryShortened: 'Ein Teil der Zusammenfassung fehlt: Er enthält einen Befehl, der in keiner Quelle steht.',
    stepsLeftOut: 'Weggelassene Schritte, weil ihr Befehl in keiner genannten Quelle steht: {count}.',
    addressRemoved: '(Adresse entfernt)',
    notSearched: 'Nicht durchsucht werden konnten: {sources}.',
    searched: { ticket_history: 'gelöste Tickets', knowledge_base: 'Wissensdatenbank', inventory: 'Inventar' },
    byModel: 'Von einem Sprachmodell aus diesen Quellen geschrieben; bitte vor dem Handeln prüfen.',
    noModel: 'Ohne Sprachmodell erstellt.',
    modelFailed: 'Das Sprachmodell konnte nicht verwendet werden; dies sind Zitate.',
  },
  es: {
    likelyArticle: 'Probablemente respondido en el artículo «{title}»',
    likelyTicket: 'Probablemente ya resuelto, en {id}: «{title}»',
    possiblyRelated: 'Posiblemente relacionado: «{title}»',
    systems: 'Lo que se sabe de los sistemas que nombra el tique',
    nothing: 'No se ha encontrado nada parecido entre los tiques resueltos y los artículos.',
    suggestion: 'Sugerencia',
    kind: { ticket_history: 'tique resuelto', knowledge_base: 'artículo', inventory: 'sistema' },
    likely: 'probable',
    possible: 'posible',
    section: 'sección «{heading}»',
    status: 'estado: {value}',
    owner: 'responsable: {value}',
    marks: latinMarks,
    sources: 'Fuentes',
    confidence: { low: 'Confianza: baja.', medium: 'Confianza: media.', high: 'Confianza: alta.' },
    unsupported: '(no está en las fuentes)',
    summaryShortened: 'Se ha omitido una parte del resumen: contiene un comando que no está en ninguna fuente.',
    stepsLeftOut: 'Pasos omitidos porque su comando no está en ninguna fuente citada: {count}.',
    addressRemoved: '(dirección eliminada)',
    notSearched: 'No se ha podido buscar en: {sources}.',
    searched: {
      ticket_history: 'tiques resueltos',
      knowledge_base: 'base de conocimientos',
      inventory: 'inventario',
    },
    byModel: 'Escrito por un modelo de lenguaje a partir de estas fuentes; compruébelo antes de actuar.',
    noModel: 'No se ha usado ningún modelo de lenguaje.',
    modelFailed: 'No se ha podido usar el modelo de lenguaje; estas son citas.',
  },
  fr: {
    likelyArticle: 'Réponse probable dans l’article « {title} »',
    likelyTicket: 'Probablement déjà résolu, dans {id} : « {title} »',
    possiblyRelated: 'Peut-être lié : « {title} »',
    systems: 'Ce que l’on sait des systèmes nommés dans le ticket',
    nothing: 'Rien de semblable n’a été trouvé parmi les tickets résolus et les articles.',
    suggestion: 'Suggestion',
    kind: { ticket_history: 'ticket résolu', knowledge_base: 'article', inventory: 'système' },
    likely: 'probable',
    possible: 'possible',
    section: 'section « {heading} »',
    status: 'état : {value}',
    owner: 'responsable : {value}',
    marks: latinMarks,
    sources: 'Sources',
    confidence: { low: 'Confiance : faible.', medium: 'Confiance : moyenne.', high: 'Confiance : élevée.' },
    unsupported: '(absent des sources)',
    summaryShortened: 'Une partie du résumé a été omise : elle contient une commande absente de toutes les sources.',
    stepsLeftOut: 'Étapes omises, car leur commande est absente des sources citées : {count}.',
    addressRemoved: '(adresse supprimée)',
    notSearched: 'Recherche impossible dans : {sources}.',
    searched: {
      ticket_history: 'tickets résolus',
      knowledge_base: 'base de connaissances',
      inventory: 'inventaire',
    },
    byModel: 'Rédigé par un modèle de langage à partir de ces sources ; à vérifier avant d’agir.',
    noModel: 'Aucun modèle de langage n’a été utilisé.',
    modelFailed: 'Le modèle de langage n’a pas pu être utilisé ; ce sont des citations.',
  },
  it: {
    likelyArticle: 'Probabile risposta nell’articolo «{title}»',
    likelyTicket: 'Probabilmente già risolto, in {id}: «{title}»',
    possiblyRelated: 'Forse collegato: «{title}»',
    systems: 'Informazioni sui sistemi nominati nel ticket',
    nothing: 'Non è stato trovato nulla di simile tra i ticket risolti e gli articoli.',
    suggestion: 'Suggerimento',
    kind: { ticket_history: 'ticket risolto', knowledge_base: 'articolo', inventory: 'sistema' },
    likely: 'probabile',
    possible: 'possibile',
    section: 'sezione «{heading}»',
    status: 'stato: {value}',
    owner: 'responsabile: {value}',
    marks: latinMarks,
    sources: 'Fonti',
    confidence: { low: 'Affidabilità: bassa.', medium: 'Affidabilità: media.', high: 'Affidabilità: alta.' },
    unsupported: '(non nelle fonti)',
    summaryShortened: 'Una parte del riassunto è stata omessa: contiene un comando che non è in nessuna fonte.',
    stepsLeftOut: 'Passaggi omessi perché il loro comando non è in nessuna fonte citata: {count}.',
    addressRemoved: '(indirizzo rimosso)',
    notSearched: 'Ricerca non riuscita in: {sources}.',
    searched: { ticket_history: 'ticket risolti', knowledge_base: 'base di conoscenza', inventory: 'inventario' },
    byModel: 'Scritto da un modello linguistico a partire da queste fonti; verificare prima di agire.',
    noModel: 'Non è stato usato alcun modello linguistico.',
    modelFailed: 'Non è stato possibile usare il modello linguistico; queste sono citazioni.',
  },
  pt: {
    likelyArticle: 'Provavelmente respondido no artigo “{title}”',
    likelyTicket: 'Provavelmente já resolvido, em {id}: “{title}”',
    possiblyRelated: 'Possivelmente relacionado: “{title}”',
    systems: 'O que se sabe dos sistemas mencionados no ticket',
    nothing: 'Nada semelhante foi encontrado entre os tickets resolvidos e os artigos.',
    suggestion: 'Sugestão',
    kind: { ticket_history: 'ticket resolvido', knowledge_base: 'artigo', inventory: 'sistema' },
    likely: 'provável',
    possible: 'possível',
    section: 'secção “{heading}”',
    status: 'estado: {value}',
    owner: 'responsável: {value}',
    marks: latinMarks,
    sources: 'Fontes',
    confidence: { low: 'Confiança: baixa.', medium: 'Confiança: média.', high: 'Confiança: alta.' },
    unsupported: '(não está nas fontes)',
    summaryShortened: 'Uma parte do resumo foi omitida: contém um comando que não está em nenhuma fonte.',
    stepsLeftOut: 'Passos omitidos porque o seu comando não está em nenhuma fonte citada: {count}.',
    addressRemoved: '(endereço removido)',
    notSearched: 'Não foi possível pesquisar em: {sources}.',
    searched: {
      ticket_history: 'tickets resolvidos',
      knowledge_base: 'base de conhecimento',
      inventory: 'inventário',
    },
    byModel: 'Escrito por um modelo de linguagem a partir destas fontes; verifique antes de agir.',
    noModel: 'Nenhum modelo de linguagem foi usado.',
    modelFailed: 'O modelo de linguagem não pôde ser usado; isto são citações.',
  },
  nl: {
    likelyArticle: 'Waarschijnlijk beantwoord in het artikel “{title}”',
    likelyTicket: 'Waarschijnlijk eerder opgelost, in {id}: “{title}”',
    possiblyRelated: 'Mogelijk verwant: “{title}”',
    systems: 'Bekend over de systemen die in het ticket staan',
    nothing: 'Er is niets vergelijkbaars gevonden in opgeloste tickets en artikelen.',
    suggestion: 'Suggestie',
    kind: { ticket_history: 'opgelost ticket', knowledge_base: 'artikel', inventory: 'systeem' },
    likely: 'waarschijnlijk',
    possible: 'mogelijk',
    section: 'paragraaf “{heading}”',
    status: 'status: {value}',
    owner: 'eigenaar: {value}',
    marks: latinMarks,
    sources: 'Bronnen',
    confidence: { low: 'Zekerheid: laag.', medium: 'Zekerheid: gemiddeld.', high: 'Zekerheid: hoog.' },
    unsupported: '(niet in de bronnen)',
    summaryShortened: 'Een deel van de samenvatting is weggelaten: het bevat een opdracht die in geen bron staat.',
    stepsLeftOut: 'Weggelaten stappen, omdat hun opdracht in geen genoemde bron staat: {count}.',
    addressRemoved: '(adres verwijderd)',
    notSearched: 'Kon niet worden doorzocht: {sources}.',
    searched: { ticket_history: 'opgeloste tickets', knowledge_base: 'kennisbank', inventory: 'inventaris' },
    byModel: 'Geschreven door een taalmodel op basis van deze bronnen; controleer voor u handelt.',
    noModel: 'Er is geen taalmodel gebruikt.',
    modelFailed: 'Het taalmodel kon niet worden gebruikt; dit zijn citaten.',
  },
  pl: {
    likelyArticle: 'Odpowiedź jest prawdopodobnie w artykule „{title}”',
    likelyTicket: 'Prawdopodobnie już rozwiązane, w {id}: „{title}”',
    possiblyRelated: 'Być może powiązane: „{title}”',
    systems: 'Informacje o systemach wymienionych w zgłoszeniu',
    nothing: 'Wśród rozwiązanych zgłoszeń i artykułów nie znaleziono nic podobnego.',
    suggestion: 'Sugestia',
    kind: { ticket_history: 'rozwiązane zgłoszenie', knowledge_base: 'artykuł', inventory: 'system' },
    likely: 'prawdopodobne',
    possible: 'możliwe',
    section: 'sekcja „{heading}”',
    status: 'stan: {value}',
    owner: 'właściciel: {value}',
    marks: latinMarks,
    sources: 'Źródła',
    confidence: { low: 'Pewność: niska.', medium: 'Pewność: średnia.', high: 'Pewność: wysoka.' },
    unsupported: '(brak w źródłach)',
    summaryShortened: 'Część podsumowania pominięto: zawiera polecenie, którego nie ma w żadnym źródle.',
    stepsLeftOut: 'Pominięte kroki, ponieważ ich polecenia nie ma w żadnym cytowanym źródle: {count}.',
    addressRemoved: '(adres usunięto)',
    notSearched: 'Nie udało się przeszukać: {sources}.',
    searched: { ticket_history: 'rozwiązane zgłoszenia', knowledge_base: 'baza wiedzy', inventory: 'inwentarz' },
    byModel: 'Napisane przez model językowy na podstawie tych źródeł; proszę sprawdzić przed działaniem.',
    noModel: 'Nie użyto modelu językowego.',
    modelFailed: 'Nie udało się użyć modelu językowego; to są cytaty.',
  },
  zh: {
    likelyArticle: '很可能可由这篇文章解答：《{title}》',
    likelyTicket: '很可能以前解决过，见 {id}：“{title}”',
    possiblyRelated: '可能相关：“{title}”',
    systems: '工单中提到的系统的已知信息',
    nothing: '在已解决的工单和文章中没有找到类似内容。',
    suggestion: '建议',
    kind: { ticket_history: '已解决的工单', knowledge_base: '文章', inventory: '系统' },
    likely: '很可能',
    possible: '可能',
    section: '“{heading}”一节',
    status: '状态：{value}',
    owner: '负责人：{value}',
    marks: chineseMarks,
    sources: '来源',
    confidence: { low: '可信度：低。', medium: '可信度：中。', high: '可信度：高。' },
    unsupported: '（来源中没有）',
    summaryShortened: '摘要的一部分已省略：其中的命令不在任何来源中。',
    stepsLeftOut: '已省略的步骤（其命令不在所引用的来源中）：{count}。',
    addressRemoved: '（地址已删除）',
    notSearched: '无法搜索：{sources}。',
    searched: { ticket_history: '已解决的工单', knowledge_base: '知识库', inventory: '资产清单' },
    byModel: '由语言模型根据这些来源撰写；操作前请核对。',
    noModel: '未使用语言模型。',
    modelFailed: '无法使用语言模型；以上为引文。',
  },
  ja: {
    likelyArticle: 'おそらくこの記事で解決できます：「{title}」',
    likelyTicket: 'おそらく以前に解決済みです（{id}）：「{title}」',
    possiblyRelated: '関連する可能性があります：「{title}」',
    systems: 'チケットに記載されたシステムの情報',
    nothing: '解決済みのチケットと記事に、似たものは見つかりませんでした。',
    suggestion: '提案',
    kind: { ticket_history: '解決済みチケット', knowledge_base: '記事', inventory: 'システム' },
    likely: '可能性が高い',
    possible: '可能性あり',
    section: '「{heading}」の節',
    status: '状態：{value}',
    owner: '担当：{value}',
    marks: japaneseMarks,
    sources: '出典',
    confidence: { low: '確信度：低。', medium: '確信度：中。', high: '確信度：高。' },
    unsupported: '（出典にありません）',
    summaryShortened: '要約の一部を省略しました。どの出典にもないコマンドが含まれています。',
    stepsLeftOut: '引用した出典にないコマンドを含むため省略した手順：{count}。',
    addressRemoved: '（アドレスを削除しました）',
    notSearched: '検索できませんでした：{sources}。',
    searched: { ticket_history: '解決済みチケット', knowledge_base: 'ナレッジベース', inventory: '資産台帳' },
    byModel: 'これらの出典をもとに言語モデルが作成しました。作業の前に確認してください。',
    noModel: '言語モデルは使用していません。',
    modelFailed: '言語モデルを使用できなかったため、引用を示します。',
  },
};

/** Puts values into the places of a sentence. Their own braces are text. */
export function filled(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{([a-z]+)\}/g, (place, name: string) => String(values[name] ?? place));
}
