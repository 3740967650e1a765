import { describe, expect, it } from '@jest/globals';
import { glossary, unspacedWordAt } from '../../../src/enhancement/glossary.js';
import { languages } from '../../../src/enhancement/note-words.js';
import type { Document } from '../../../src/enhancement/ranking.js';
import { negation, termsOf } from '../../../src/enhancement/tokenization.js';
import { indexOf } from '../../support/retrieval-index.js';

const english: Document[] = [
  { id: 'printer', title: 'Print jobs stay in the queue', text: 'Restart the print spooler of the printer.' },
  { id: 'password', title: 'Reset your password', text: 'Open the portal and choose a new password.' },
  {
    id: 'restore',
    title: 'Restore a deleted file',
    text: 'Deleted files are in the bin. A deleted folder is as well.',
  },
  { id: 'locked', title: 'A workbook is locked', text: 'Wait until the colleague has gone home.' },
  { id: 'calendar', title: 'Deleted appointments', text: 'A deleted appointment is kept for a day.' },
  { id: 'floor', title: 'Wi-Fi drops on the 4th floor', text: 'The access point on floor 4 was replaced on Monday.' },
  { id: 'erase', title: 'Erase deleted mail', text: 'Deleted mail is erased after a month.' },
];

const find = (description: string, documents: readonly Document[] = english): string[] => {
  const index = indexOf(documents);
  return index.search(index.query({ subject: '', description }), { limit: 2 }).map(({ document }) => document.id);
};

describe('the glossary', () => {
  it('has words in each language for each meaning', () => {
    const meanings = new Set([...glossary.values()].flat().map(({ terms }) => terms));
    expect(meanings.size).toBeGreaterThan(70);
    for (const terms of meanings) {
      const lacking = languages.filter((language) => (terms.get(language) ?? []).length === 0);
      expect({ terms: terms.get('en'), lacking }).toEqual({ terms: terms.get('en'), lacking: [] });
    }
  });

  it('has no word that is read as a negation: every ticket that negates would ask for its meaning', () => {
    const terms = [...glossary.values()].flat().flatMap((meaning) => [...meaning.terms.values()].flat());
    expect(terms).not.toContain(negation);
    expect(glossary.has(negation)).toBe(false);
  });

  it('finds the longest word without blanks that begins at a place', () => {
    expect(unspacedWordAt('新しいパスワードを', 3)).toBe('パスワード');
    expect(unspacedWordAt('新しいパスワードを', 4)).toBeUndefined();
    expect(unspacedWordAt('password', 0)).toBeUndefined();
  });
});

describe('a ticket in a language that no document is in', () => {
  it.each([
    ['fr', 'mot de passe oublié', 'password'],
    ['fr', 'l’imprimante n’imprime plus', 'printer'],
    ['it', 'la stampante non stampa', 'printer'],
    ['pt', 'esqueci a minha senha', 'password'],
    ['nl', 'wachtwoord vergeten', 'password'],
    ['pl', 'drukarka nie drukuje', 'printer'],
    ['zh', '打印机不能用', 'printer'],
    ['ja', 'パスワードを忘れました', 'password'],
  ])('finds the document that says it in other words (%s: %s)', (_, description, expected) => {
    expect(find(description)[0]).toBe(expected);
  });

  it('is looked up in the one language in which the documents have most of it', () => {
    const german = { id: 'drucker', title: 'Drucker druckt nicht', text: 'Die Warteschlange anhalten.' };
    expect(find('la stampante non stampa', [...english, german])).toEqual(['printer']);
  });
});

describe('a ticket', () => {
  it('is found by its own words where documents have them', () => {
    const german = { id: 'drucker', title: 'Drucker druckt nicht', text: 'Die Warteschlange anhalten.' };
    expect(find('Drucker druckt nicht', [...english, german])).toEqual(['drucker']);
  });

  it('without blanks is looked up by another word of its language before one of another', () => {
    const chinese = { id: 'lianjie', title: 'VPN 无法连接', text: '' };
    const connect = [1, 2, 3].map((n) => ({ id: `connect-${n}`, title: 'VPN does not connect', text: '' }));
    expect(find('VPN连不上', [...english, ...connect, chinese])[0]).toBe('lianjie');
    expect(find('VPN连不上', [...english, ...connect])[0]).toMatch(/^connect/);
  });

  it.each([
    ['wi fi', 'wifi', 'Wi-Fi drops'],
    ['scan2mail', 'scan', 'Scan to mail'],
    ['office365', 'office', 'Repair Office'],
    ['2FA', 'mfa', 'MFA on a new phone'],
    ['login', 'signed in', 'Signed in twice'],
    ['locker bit', 'locker', 'Bit and locker'],
  ])('is found as documents write it: %s', (description, id, title) => {
    expect(find(description, [...english, { id, title, text: '' }])[0]).toBe(id);
  });

  it.each([
    ['Outlookが開かない', 'Outlook does not open'],
    ['SSHできない', 'SSH does not answer'],
    ['Server down', 'Server not reachable'],
    ['Serverausfall', 'Server not reachable'],
    ['Server outage', 'Server not reachable'],
    ['Webcam offline', 'Webcam is not found'],
    ['Webcamstörung', 'Webcam is not found'],
    ['intranet does not load', 'Intranet is not reachable'],
  ])(
    'that says no more than that a thing does not work is answered by what says the same of it: %s',
    (asked, title) => {
      expect(find(asked, [...english, { id: 'meant', title, text: '' }])[0]).toBe('meant');
    },
  );

  it('that names only a state, or has it in a name, does not ask for what does not work', () => {
    const weights = (asked: string) => [...indexOf(english).query({ subject: asked, description: '' }).weights.keys()];
    for (const asked of ['offline', 'dead', 'offline files']) expect(weights(asked)).not.toContain(negation);
  });

  it('has the word for restoring, which ends like the Dutch one for a failure', () => {
    expect(find('Restoring a deleted folder')).toEqual(['restore']);
    const { weights } = indexOf(english).query({ subject: 'Restoring', description: '' });
    expect([...weights.keys()]).toEqual(['restor']);
  });

  it.each(['502 bad gateway', '502: Bad Gateway', 'bad gateway'])(
    'asks for an error of HTTP by its code: %s',
    (asked) => {
      const documents = [
        { id: 'balancer', title: 'Load balancer answers 502', text: '' },
        { id: 'bad', title: 'Bad sectors', text: 'The gateway of a bad disk.' },
      ];
      expect(find(asked, [...english, ...documents])[0]).toBe('balancer');
    },
  );

  it('has the words of an error of HTTP where no document has its code, and where another code stands before them', () => {
    const terms = (asked: string, title: string) => [
      ...indexOf([{ id: 'a', title, text: '' }])
        .query({ subject: asked, description: '' })
        .weights.keys(),
    ];
    expect(terms('502 bad gateway', 'Gateway')).toContain('gatewa');
    expect(terms('550 5.7.1 Service unavailable', 'Answers 503')).not.toContain('503');
  });

  it('that has the short form of a word finds the long one', () => {
    const sites = [1, 2, 3].map((n) => ({ id: `site-${n}`, title: `Another site ${n}`, text: '' }));
    const website = { id: 'website', title: 'Website does not answer', text: '' };
    expect(find('site not loading', [...english, ...sites, website])[0]).toBe('website');
  });

  it.each([
    ['Java', 'at com.acme.print.Queue.run(Queue.java:41)\n\tat com.acme.print.Queue.next(Queue.java:43)'],
    [
      '.NET',
      '   at Acme.Print.Queue.Run(String name) in C:\\print\\Queue.cs:line 41\n   at Acme.Print.Queue.Next() in C:\\print\\Queue.cs:line 43',
    ],
    ['Node', '    at printQueue (/srv/print/queue.js:41:7)\n    at nextQueue (/srv/print/queue.js:43:7)'],
    ['a browser', '    at https://print.example.com/queue.js:41:7\n    at https://print.example.com/queue.js:43:7'],
    [
      'Python',
      '  File "/srv/print/queue.py", line 41, in print\n    next()\n  File "/srv/print/queue.py", line 43, in next',
    ],
    ['PHP', '#0 /srv/print/queue.php(41): Print->queue()\n#1 {main}'],
    ['PHP, in the message', 'in /srv/print/queue.php:41'],
    ['an address', 'https://docs.example.com/print/queue?print=queue'],
  ])('of several known words is not asked for by a place in a program: %s', (_, line) => {
    const asked = { subject: '', description: `Deleted file is gone from the folder\n${line}` };
    const { weights } = indexOf(english).query(asked);
    expect([...weights.keys()].filter((term) => ['print', 'queue'].includes(term))).toEqual([]);
  });

  it.each([
    ['File is gone\nat com.acme.print.Queue.run(Queue.java:41)', 'print'],
    ['https://apps.example.com/calendar', 'calend'],
    ['https://apps.example.com/calendar?id=3 down', 'calend'],
  ])('of few known words is asked for by all of its text: %j', (description, term) => {
    expect([...indexOf(english).query({ subject: '', description }).weights.keys()]).toContain(term);
  });

  it.each([
    'at 10:30 the printer stopped',
    'at home (since 12:00) the printer stops',
    '#12345 printer',
    '/ printer',
    'at portal.acme.example(gateway 2) the printer stops',
    '#1 printer(23): paper jam in tray',
    'at office.berlin(3rd floor) the printer jams',
    'Port \\printer:9100',
    '打开https://oa.acme.example/x时报错printer',
    'urgent:https://a.example/x;printer;broken',
  ])('has what people write like a place in a program: %s', (line) => {
    const description = `Deleted file is gone from the folder\n${line}`;
    expect([...indexOf(english).query({ subject: '', description }).weights.keys()]).toContain('printe');
  });

  it('is found by the words of a name that a program made of them', () => {
    const documents = [{ id: 'disk', title: 'Filesystem is full', text: '' }];
    expect(find('FilesystemAlmostFull', [...english, ...documents])).toEqual(['disk']);
  });

  it('has no pair of characters across the border of two words that documents have', () => {
    const documents = [
      { id: 'a', title: '登录', text: '' },
      { id: 'b', title: '失败', text: '' },
    ];
    const { weights } = indexOf(documents).query({ subject: '登录失败', description: '' });
    expect([...weights.keys()].sort()).toEqual(['失败', '登录'].sort());
  });

  it('has no ending in hiragana that documents do not have', () => {
    const { weights } = indexOf(english).query({ subject: 'プリンターがおかしい', description: '' });
    expect([...weights.keys()]).toEqual(['print']);
  });

  it('of a few words is looked up in the other languages of the documents, too', () => {
    const connect = [1, 2, 3].map((n) => ({ id: `en-${n}`, title: 'VPN connection', text: '' }));
    const index = indexOf([...connect, { id: 'de', title: 'Verbindung', text: '' }]);
    const searched = (description: string) => [...index.query({ subject: '', description }).searched.keys()];
    expect(searched('keine Verbindung')).toContain('connec');
    expect(searched('keine Verbindung seit heute mittag hier oben unterm Dach beim Fenster links')).not.toContain(
      'connec',
    );
  });

  it.each(['portal error', 'rest api returns 404', 'rest of the data is missing', 'lunch card not working'])(
    'with a right word that no document has is not answered by a word of the trade that resembles it: %s',
    (description) => {
      const documents = [
        { id: 'laptop', title: 'Laptop stays black', text: 'Pull the charger.' },
        { id: 'reset', title: 'Reset a password', text: 'Choose a new one.' },
        { id: 'launch', title: 'Outlook does not launch', text: 'Use the safe mode.' },
      ];
      expect(find(description, documents)).toEqual([]);
    },
  );

  it('with a compound is answered by its other words, too', () => {
    const documents = [
      { id: 'drucker', title: 'Drucker druckt nicht', text: 'Die Warteschlange anhalten.' },
      { id: 'konto', title: 'Konto gesperrt', text: 'Nach fünf Versuchen ist das Konto gesperrt.' },
      { id: 'vpn', title: 'VPN trennt', text: 'Das Profil wählen.' },
    ];
    expect(find('Kontoauszug drucken', documents)).toContain('drucker');
    expect(find('Kontosperrung', documents)).toEqual(['konto']);
  });

  it('that names a state finds what is about it before what only negates', () => {
    const documents = [
      { id: 'sync', title: 'Files do not sync', text: 'Files do not sync when the folder is not there.' },
      { id: 'offline', title: 'Work with offline files', text: 'Mark a folder to keep a copy.' },
    ];
    expect(find('offline files', documents)[0]).toBe('offline');
  });

  it.each([
    ['log in to the portal', true],
    ['cannot log on', true],
    ['she signed in twice', true],
    ['logging in fails', true],
    ['Nothing in the log in Event Viewer', false],
    ['see the logs in Splunk', false],
    ['signs on the door', false],
    ['open the event log in Windows', false],
    ['error log on the server', false],
    ['users logged in Event Viewer', false],
    ['failures are logged in the system event log', false],
    ['logged in Outlook', true],
    ['the user logged in and the log shows it', true],
    ['logged in to Splunk', true],
  ])('has the verb for what is elsewhere one word, and not the noun: %s', (text, isLogin) => {
    expect(termsOf(text).includes('login')).toBe(isLogin);
  });

  it('is found by another word that many more documents have', () => {
    expect(find('my file is gone')[0]).toBe('restore');
  });

  it.each(['Light on floor 4', 'Cake on Monday', 'Licht im 4. Stock'])(
    'that shares no more than place and time has nothing to do with a document: %s',
    (description) => {
      expect(find(description)).toEqual([]);
    },
  );
});
