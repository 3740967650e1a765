/**
 * Words that stand in every ticket and tell none from another: function words, courtesies, and that something does not work.
 * Words that name something stay searchable however frequent they are (`error`, `account`, `open`): their frequency in the
 * tenant's documents weighs them.
 */
const complaints = `work works working worked funktioniert funktionieren geht gehen funciona funcionan funcionar va van anda
    fonctionne fonctionnent marche funziona funzionano vanno werkt działa działają`;

const courtesies = `hello hi dear please help thanks thank regards urgent asap hallo bitte hilfe danke grüße gruß guten
    hola ayuda favor gracias saludos buenos buenas bonjour merci cordialement buongiorno aiuto grazie saluti olá ajuda
    obrigado obrigada beste groet bedankt dzień dobry proszę dziękuję pozdrawiam uh uhm um hmm erm äh ähm euh ehm bye`;

const byLanguage = {
  english: `a about after again all almost already also always am an and any are as at be because been before being both but
    by can could did do does doing during each either even ever few for from get good got had has have having he
    her here hers him his hope how i if in into is it its just let many me might more most much must my need needs never nor
    of off on once only or other our out over own same shall she should since so some still such than that the their them
    then there these they this those through to too two under until up upon us very want wants was we well were what when
    where which while who whom whose why will with would yet you your yours ve ll re im`,
  german: `aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bist da damit dann das dass dem
    den denn der des die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es
    etwas für hab habe haben hat hatte hatten ich ihm ihn ihr ihre ihrem ihren ihrer im in ins ist ja jede jedem jeden
    jeder jedes kann können könnte man mein meine meinem meinen meiner mich mir mit muss nach noch nun nur ob oder ohne
    sehr sein seine seinem seinen seiner seit sich sie sind so soll sondern über um und uns unser unsere unserem unseren
    vom von vor war waren was weil wenn werde werden wer wie wieder will wir wird wo worden wurde wurden zu zum zur`,
  spanish: `al algo ante antes aquel aquella aun aunque cada como cómo con cual cuál cuando cuándo cuanto de del desde
    donde dónde dos durante el él ella ellas ellos en entre era eran es esa esas ese eso esos esta está están estaba estar
    estas este esto estos estoy fue fueron ha haber había han hasta hay he la las le les lo los más me mi mis mucho muy
    nada ni nos nuestra nuestro o os otra otro para pero poco por porque pues puede puedo que qué quien quién se sea ser si
    sí sido sin sobre solo son soy su sus también tampoco tan tanto te tengo tiene todo todos tu tus un una uno unos unas y
    ya yo`,
  french: `ai après au aucun aussi autre aux avec avant avez avoir avons c ce cela ces cet cette ceux chez comme comment d
    dans de des depuis donc dont du elle elles en encore entre est et étaient était été être eu fait il ils j je jusqu l la
    le les leur leurs lors lui m ma mais me même mes moi mon n ni nos notre nous on ont ou où par pendant peu peut peux
    plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si soit son sont sous suis sur
    t ta te tes toi ton tous tout toute toutes très tu un une vers vos votre vous y`,
  italian: `ad agli ai al alla alle allo anche ancora che chi ci come con cosa cui da dagli dai dal dalla dalle dei del
    della delle dello degli di dopo dove e è ed era erano essere fra gli ha hai hanno ho i il in io la le lei lo loro lui
    ma mi mia mie miei mio molto ne nei nel nella nelle nello no noi nostra nostro o per perché però più poi può qual quale
    quando quello questa queste questi questo qui quindi sarà se sei senza si sia siamo sono stata stato su sua sui sul
    sulla suo sugli sulle tra tu tutti tutto un una uno vi voi`,
  portuguese: `à às ao aos aqui até com como da das de dela dele depois do dos e é ela elas ele eles em entre era essa esse
    esta está estão estar este estou eu foi foram há isso isto já lhe mais mas me mesmo meu minha muito na nas nem no nos
    nós nosso nossa num numa o onde os ou para pela pelo pelos por porque pois pode posso qual quando que quem são se sem
    ser será seu sua só sobre também te tem tenho ter tinha tudo um uma uns você vocês`,
  dutch: `aan al alles als ben bij bij daar dan dat de der deze die dit doch doen door dus een en er ge had heb hebben
    heeft het hier hij hoe hun iemand iets ik in is ja je kan kunnen maar me meer men met mij mijn moet na naar nog nu of
    om omdat onder ons onze ook op over reeds te tegen toch toen tot u uit uw van veel voor want waren was wat we wel werd
    wie wij wil worden wordt ze zelf zich zij zijn zo zonder zou`,
  polish: `a aby albo ale ani bardzo bez być był była było były bo by będzie co coś czy dla do dlaczego gdy gdzie go i ich
    ile im ja jak jaki jako je jego jej jest jestem jeszcze już każdy kiedy kto która które którego której który których
    lub ma mam mi mnie mną może można mój moja moje na nad nam nas nasz nic nim niż o od on ona one oni oraz po pod
    ponieważ przed przez przy się są ta tak także tam te tego tej ten to tu ty tych tylko tym u w wam was we więc wszystko
    z za ze że`,
};

/**
 * That something is not so, in any of the languages. Most tickets and half of the titles have one of them, so it tells little:
 * that "VPN not working" is rather about "VPN does not connect" than about "VPN slow".
 */
export const negations: readonly string[] =
  `no not cannot cant dont doesnt didnt isnt arent wasnt werent hasnt havent wont wouldnt couldnt shouldnt don doesn didn isn
    aren wasn weren hasn haven hadn won wouldn couldn shouldn nothing broken down kein keine keinem keinen keiner
    nicht nichts kaputt defekt ausgefallen caído caída ne pas panne non guasto não caiu geen niet niets kapot stuk nie
    awaria zepsuty zepsuta`.split(/\s+/);

/** Those that a text of nothing else may be: "Works again, thanks." */
export const phrases: readonly string[] = [complaints, courtesies].flatMap((words) => words.split(/\s+/));

export const functionWords: readonly string[] = [complaints, courtesies, ...Object.values(byLanguage)].flatMap(
  (words) => words.split(/\s+/),
);
