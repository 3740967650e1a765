import { describe, expect, it } from '@jest/globals';
import { wordOfTrade } from '../../../src/enhancement/glossary.js';
import { kindOf, meantBy, topicOf } from '../../../src/enhancement/misspellings.js';
import type { Document } from '../../../src/enhancement/ranking.js';
import { createRetrievalIndex } from '../../../src/enhancement/retrieval.js';

const counts = new Map([
  ['printer', 5],
  ['password', 9],
  ['connection', 3],
  ['email', 4],
  ['part', 8],
  ['drucker', 2],
  ['everywhing', 9],
  ['commany', 9],
]);
const meant = (word: string) => meantBy(word, (other) => counts.get(other) ?? 0);

describe('a word with a slip', () => {
  it.each([
    ['pritner', 'printer'],
    ['pinter', 'printer'],
    ['printter', 'printer'],
    ['passwrod', 'password'],
    ['conection', 'connection'],
    ['emial', 'email'],
    ['drukcer', 'drucker'],
    ['printttter', 'printer'],
    ['passsword', 'password'],
  ])('means the word that documents have: %s', (word, expected) => {
    expect(meant(word)).toBe(expected);
  });

  it.each(['party', 'everything', 'company', 'rpinter', 'prnt', 'pirntre', '打印机', 'florist', 'x'.repeat(5000)])(
    'means no other one: %s',
    (word) => {
      expect(meant(word)).toBeUndefined();
    },
  );

  it('means the word that most documents have, of several', () => {
    const among = (swapped: number, shortened: number) =>
      meantBy('abcdef', (other) => new Map(Object.entries({ acbdef: swapped, acdef: shortened })).get(other) ?? 0);
    expect(among(2, 7)).toBe('acdef');
    expect(among(7, 2)).toBe('acbdef');
  });
});

describe('a word of the trade', () => {
  it.each([
    ['keybord', 'keyboard'],
    // Words have no silent `e` at their end.
    ['certifcat', 'certificat'],
    ['pasword', 'password'],
    ['druckre', 'drucker'],
  ])('is meant by one with a slip anywhere behind its first letter: %s', (word, expected) => {
    expect(wordOfTrade(word)).toBe(expected);
  });

  /** Right words beside one of any of the languages: `reset`, `portable`, `start`, `launch`, `pasta`, `conta`, `print`, `directory`. */
  const right = `rest reste portal star lunch fall past contra carta pint director renewabl employer persa plena ordenado`;

  it.each(['printer', 'attach', 'plain', 'shape', 'house', 'zzz', '打印', ...right.split(' ')])(
    'is not meant by another word: %s',
    (word) => {
      expect(wordOfTrade(word)).toBeUndefined();
    },
  );
});

describe('a compound', () => {
  const known = new Set(['handy', 'drucker', 'netzwerkdrucker', 'thing', 'card', 'konto']);
  const countOf = (word: string) => (known.has(word) ? 1 : 0);

  it.each([
    ['firmenhandy', 'handy', undefined],
    ['büronetzwerkdrucker', 'netzwerkdrucker', undefined],
    ['handysperrung', undefined, 'handy'],
    ['kontoauszug', undefined, 'konto'],
  ])('is what its longest last part is, and about its first one: %s', (word, kind, topic) => {
    expect({ kind: kindOf(word, countOf), topic: topicOf(word, countOf) }).toEqual({ kind, topic });
  });

  it.each(['handy', 'anhandy', 'smartcard', 'firmen1handy', '打印机打印机打印机'])('is none: %s', (word) => {
    expect([kindOf(word, countOf), topicOf(word, countOf)]).toEqual([undefined, undefined]);
  });
});

describe('a ticket with slips', () => {
  const documents: Document[] = [
    { id: 'printer', title: 'Print jobs stay in the queue', text: 'Restart the print spooler; delete the first job.' },
    { id: 'password', title: 'Reset your password', text: 'Open the portal and choose a new password.' },
    { id: 'vpn', title: 'VPN does not connect', text: 'Choose the profile and connect again.' },
  ];

  it('finds what it would find without them', () => {
    const index = createRetrievalIndex<Document>();
    for (const document of documents) index.upsert(document);
    const find = (description: string) =>
      index.search(index.query({ subject: '', description }), { limit: 3 }).map(({ document }) => document.id);
    expect(find('forgot my passwrod')).toEqual(find('forgot my password'));
    expect(find('forgot my passwrod')).toEqual(['password']);
    expect(find('mainpassword forgotten')).toEqual(['password']);
    index.upsert({ id: 'notebook', title: 'Notebook stays black', text: 'Pull the charger.' });
    expect(find('compuetr')).toEqual(['notebook']);
  });
});
