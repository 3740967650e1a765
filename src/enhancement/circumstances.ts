import { termsOf } from './tokenization.js';

/**
 * When and where something happened, and who was there. Most tickets tell it, and no ticket is about it: two that share a floor and a
 * day have nothing else in common.
 */
const byLanguage = {
  english: `monday tuesday wednesday thursday friday saturday sunday morning afternoon evening night noon lunch today
    yesterday tomorrow day week weekend month year ago floor room building kitchen corridor home desk second third
    fourth colleague boss everybody everyone somebody someone nobody people`,
  german: `montag dienstag mittwoch donnerstag freitag samstag sonntag morgen vormittag mittag nachmittag abend nacht
    heute gestern woche wochenende monat jahr früh stock stockwerk etage raum zimmer gebäude büro küche flur hause
    zweiten dritten vierten kollege kollegin chef chefin niemand jemand leute`,
  spanish: `lunes martes miércoles jueves viernes sábado domingo mañana tarde noche hoy ayer día semana mes año planta
    piso sala edificio oficina cocina pasillo casa segunda tercera cuarta compañero compañera jefe jefa nadie alguien
    gente`,
  french: `lundi mardi mercredi jeudi vendredi samedi dimanche matin midi soir nuit aujourd hui hier demain jour
    semaine mois année étage salle bâtiment cuisine couloir maison deuxième troisième quatrième collègue chef personne
    gens`,
  italian: `lunedì martedì mercoledì giovedì venerdì sabato domenica mattina pomeriggio sera notte oggi ieri domani
    giorno settimana mese anno piano stanza sala edificio ufficio cucina corridoio casa secondo terzo quarto collega
    colleghi capo nessuno qualcuno gente`,
  portuguese: `segunda terça quarta quinta sexta feira sábado domingo manhã tarde noite hoje ontem amanhã dia semana
    mês ano andar piso sala prédio escritório cozinha corredor casa terceiro colega chefe ninguém alguém gente`,
  dutch: `maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ochtend middag avond nacht vandaag gisteren
    morgen dag week weekend maand jaar verdieping kamer gebouw kantoor keuken gang thuis tweede derde vierde collega
    baas niemand iemand mensen`,
  polish: `poniedziałek wtorek środa czwartek piątek sobota niedziela rano południe wieczór noc dziś dzisiaj wczoraj
    jutro dzień tydzień tygodnia miesiąc rok piętro piętrze pokój pokoju budynek biuro biurze kuchnia kuchni dom domu
    drugim trzecim czwartym kolega koleżanka szef zespół nikt ktoś ludzie`,
  chinese: `今天 昨天 明天 早上 上午 中午 下午 晚上 星期 上周 下周 同事 大家`,
  japanese: `今日 昨日 明日 今朝 午前 午後 先週 来週 月曜 火曜 水曜 木曜 金曜 同僚 皆さ`,
};

export const circumstances: ReadonlySet<string> = new Set(Object.values(byLanguage).flatMap(termsOf));
