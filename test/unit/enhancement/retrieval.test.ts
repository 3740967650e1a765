import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { confidenceOf, type Evidence, probabilityOf } from '../../../src/enhancement/confidence.js';
import { createKnowledgeSource } from '../../../src/enhancement/knowledge-source.js';
import type { Document } from '../../../src/enhancement/ranking.js';
import { createRetrievalIndex } from '../../../src/enhancement/retrieval.js';
import { termsOf } from '../../../src/enhancement/tokenization.js';
import { indexOf } from '../../support/retrieval-index.js';
import { ticketJob } from '../../support/worker.js';

const corpus: Document[] = [
  { id: 'vpn', title: 'VPN drops every hour', text: 'The tunnel disconnects after an hour. Raise the rekey interval.' },
  { id: 'printer', title: 'Printer prints blank pages', text: 'Replace the toner cartridge and clean the drum unit.' },
  {
    id: 'outlook',
    title: 'Outlook asks for the password again and again',
    text: 'Delete the cached credentials in the vault.',
  },
  { id: 'wifi', title: 'Wi-Fi is slow in the meeting room', text: 'The access point was on a crowded channel.' },
  { id: 'disk', title: 'Laptop disk is full', text: 'Empty the recycle bin and the cached updates.' },
  { id: 'phone', title: 'Desk phone has no dial tone', text: 'Reseat the network cable of the phone and reboot it.' },
];

function finish(work: Generator): void {
  for (const _ of work);
}

const filled = () => indexOf(corpus);
const find = (subject: string, description: string, index = filled()) =>
  index.search(index.query({ subject, description }), { limit: 3 }).map(({ document }) => document.id);
const rank = (subject: string, description: string, index = filled()) =>
  index.rank(index.query({ subject, description }), { limit: 3 }).map(({ document }) => document.id);

describe('retrieval', () => {
  it.each([
    ['VPN keeps dropping', 'My tunnel is disconnecting hourly since the update.', 'vpn'],
    ['Blank pages', 'The printer on floor 2 only prints blank pages', 'printer'],
    ['', 'outlook wants my password all the time', 'outlook'],
    ['slow wifi', 'Meeting room 4, the wi-fi is unusably slow', 'wifi'],
    ['VPN', '', 'vpn'],
    ['', 'disk full', 'disk'],
  ])('finds what “%s: %s” is about', (subject, description, expected) => {
    expect(find(subject, description)[0]).toBe(expected);
  });

  it.each([
    ['Parking permit', 'How do I get a parking permit for a visitor next Tuesday?'],
    ['Hello', 'Hello, what do I have to do now? It is as it was before. Please be so kind.'],
    ['', 'x'],
    ['', ''],
  ])('finds nothing for “%s: %s”', (subject, description) => {
    expect(find(subject, description)).toEqual([]);
  });

  it('ranks a document that has the terms in its title before one that has them in its text', () => {
    const index = createRetrievalIndex<Document>();
    index.upsert({ id: 'text', title: 'Notes of the week', text: 'The badge reader was replaced.' });
    index.upsert({ id: 'title', title: 'Badge reader', text: 'It was replaced during the week.' });
    expect(rank('', 'badge reader', index)).toEqual(['title', 'text']);
  });

  it('ranks by the subject before the description', () => {
    expect(rank('laptop disk', 'printer toner')[0]).toBe('disk');
    expect(rank('printer toner', 'laptop disk')[0]).toBe('printer');
  });

  it('prefers a document in which two terms follow one another as they do in the ticket', () => {
    const index = createRetrievalIndex<Document>();
    index.upsert({ id: 'apart', title: '', text: 'line of the phone and the base' });
    index.upsert({ id: 'together', title: '', text: 'base and of the phone line the' });
    expect(rank('', 'phone line', index)).toEqual(['together', 'apart']);
  });

  it.each([
    ['[#1234567] VPN drops', 'Since 2026-11-23 08:15 on desk 4711-22'],
    ['Re: INC0042 VPN drops', ''],
    ['VPN drops (poisonous-1)', ''],
  ])('is as sure of “%s” as without the numbers and ids that no document has', (subject, description) => {
    const index = filled();
    const evidenceOf = (ticket: Parameters<typeof index.query>[0]) =>
      index.rank(index.query(ticket), { limit: 1 }).map(({ document, evidence }) => [document.id, evidence]);
    const plain = (text: string): string => text.replace(/[^ ]*\d[^ ]*/g, '');
    expect(evidenceOf({ subject, description })).toEqual(
      evidenceOf({ subject: plain(subject), description: plain(description) }),
    );
  });

  it.each([
    ['an amount', 'Invoice for 14 chairs', 'Suspended after 14 days', 'How we send an invoice'],
    ['that something is not so', 'VPN does not start', 'Printer does not print', 'VPN slow'],
    ['the end of a verb', 'いすを注文できません', '接続できません', 'いすの注文'],
  ])('ranks by what a ticket is about before %s', (_, subject, byChance, about) => {
    const index = createRetrievalIndex<Document>();
    index.upsert({ id: 'by chance', title: byChance, text: '' });
    index.upsert({ id: 'about', title: about, text: '' });
    index.upsert({ id: 'other', title: about, text: 'Other' });
    expect(rank(subject, '', index)[0]).not.toBe('by chance');
    expect(find(subject, '', index)).not.toContain('by chance');
  });

  it.each([
    ['VPN连不上', 'VPN 无法连接', '笔记本电脑连不上办公室无线网络', '用网线连接，或者用访客网络加 VPN 连接。'],
    ['Outlook打不开', 'Outlook 启动失败', '共享文件打不开', '文件被别人占用。'],
    ['更新失败，提示0x80070005', 'Windows 更新：0x80070005', '应用程序更新失败', '在门户里重新安装。'],
    ['VPNに繋がらない', 'VPN 接続エラー', 'プリンタに繋がらない', 'プリンタの電源を入れ直します。'],
  ])('ranks by a name or code in a text without blanks before the words around it: %s', (asked, about, other, text) => {
    const index = createRetrievalIndex<Document>();
    index.upsert({ id: 'other', title: other, text });
    index.upsert({ id: 'about', title: about, text: '' });
    expect(rank('', asked, index)[0]).toBe('about');
    expect(rank(asked, '', index)[0]).toBe('about');
  });

  it('orders documents by where something is as by any other word', () => {
    const index = createRetrievalIndex<Document>();
    index.upsert({ id: 'network', title: 'Printer in the network', text: '' });
    index.upsert({ id: 'kitchen', title: 'Printer in the kitchen', text: '' });
    index.upsert({ id: 'cable', title: 'Network cable', text: '' });
    expect(rank('Printer in the kitchen, network', '', index)[0]).toBe('kitchen');
  });

  it.each(['MFA', 'authenticator', 'lost phone'])(
    'finds an article by its title, headings and keywords: %s',
    async (subject) => {
      const article = {
        id: 'second-factor',
        title: 'Lost phone',
        keywords: 'mfa\notp',
        markdown: 'Call us.\n\nAuthenticator\n---\n\nRegister it anew.\n\n```\n# firewall\n```',
      };
      const other = { id: 'printer', title: 'Printer', markdown: '# Firewall\n\nRestart it.' };
      const source = createKnowledgeSource(async (use) => {
        for (const one of [article, other]) await use(one);
      });
      const found = await source.search(ticketJob({ subject, description: '' }), new AbortController().signal);
      expect(found.map(({ id }) => id)).toEqual(['second-factor']);
    },
  );

  it('ranks an article whose heading has the term before one that has it in its text', async () => {
    const articles = [
      { id: 'text', title: 'Doors', markdown: 'The turnstile\n\nCall the porter.' },
      { id: 'heading', title: 'Gates', markdown: '# The turnstile\n\nCall the porter.' },
    ];
    const source = createKnowledgeSource(async (use) => {
      for (const one of articles) await use(one);
    });
    const asked = ticketJob({ subject: 'turnstile', description: '' });
    const [first] = await source.search(asked, new AbortController().signal);
    expect(first?.id).toBe('heading');
  });

  it('weighs a joined word as one, however it is written', () => {
    const index = filled();
    const weightsOf = (subject: string) => index.query({ subject, description: '' }).weights;
    expect(weightsOf('Wi-Fi slow')).toEqual(weightsOf('wifi slow'));
  });

  it.each([
    ['VPN not working', 'VPN does not connect'],
    ['VPN geht nicht', 'VPN verbindet nicht'],
    ['VPN doesn’t work', 'No VPN in hotels'],
    ['VPN kaputt', 'VPN does not connect'],
  ])('ranks by whether something is not so where nothing else tells: “%s” before a slow VPN', (subject, about) => {
    const index = createRetrievalIndex<Document>();
    index.upsert({ id: 'slow', title: 'VPN slow', text: '' });
    index.upsert({ id: 'about', title: about, text: '' });
    expect(rank(subject, '', index)[0]).toBe('about');
    expect(rank('VPN slow', 'It does not work.', index)[0]).toBe('slow');
  });

  it('does not take the only shared word for certainty, however far the other documents fall behind', () => {
    const index = filled();
    index.upsert({ id: 'travel', title: 'Password expired while travelling', text: 'Reset it in the portal.' });
    index.upsert({ id: 'back', title: '', text: 'Bring the laptop back to the desk.' });
    const [first] = index.search(
      index.query({ subject: 'Travel expenses', description: 'When is the hotel in Vienna paid back to me?' }),
      { limit: 3 },
    );
    expect(first?.confidence).not.toBe('likely');
  });

  it('judges each document without those that are not accepted', () => {
    const index = filled();
    const query = index.query({ subject: 'VPN drops every hour', description: '' });
    index.upsert({ id: 'itself', title: 'VPN drops every hour', text: 'VPN drops every hour' });
    const withoutItself = index.search(query, { limit: 3, accepts: (id) => id !== 'itself' });
    index.remove('itself');
    const alone = index.search(query, { limit: 3 });
    expect(withoutItself.map(({ document }) => document.id)).toEqual(['vpn']);
    expect(withoutItself[0]?.probability).toBeCloseTo(alone[0]?.probability ?? 0, 1);
  });

  it('replaces and removes documents whole', () => {
    const index = filled();
    index.upsert({ id: 'vpn', title: 'Coffee machine leaks', text: 'Change the gasket of the water tank.' });
    expect(find('VPN tunnel', 'drops every hour', index)).toEqual([]);
    expect(find('Coffee machine', 'the water tank leaks', index)).toEqual(['vpn']);
    index.remove('vpn');
    expect(find('Coffee machine', 'the water tank leaks', index)).toEqual([]);
    index.clear();
    expect(index.size).toBe(0);
  });

  it('stays right over thousands of replacements', () => {
    const index = createRetrievalIndex<Document>();
    for (let i = 0; i < 3000; i++) index.upsert({ id: `d${i % 10}`, title: `alpha${i}`, text: `beta${i} gamma` });
    expect(index.size).toBe(10);
    expect(find('alpha2999', 'beta2999', index)).toEqual(['d9']);
    expect(find('alpha100', 'beta100', index)).toEqual([]);
  });

  it('ranks as one that was built at once, after any replacements and removals, divided into any segments', () => {
    const words = fc.array(fc.constantFrom('vpn', 'tunnel', 'printer', 'toner', 'disk', 'mail'), { maxLength: 6 });
    const change = fc.record({
      id: fc.nat(5).map(String),
      title: words,
      text: words,
      isRemoved: fc.boolean(),
      after: fc.constantFrom('nothing', 'freeze', 'tidy', 'compact'),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), words, (changes, asked) => {
        const changed = createRetrievalIndex<Document>();
        const left = new Map<string, Document>();
        for (const { id, title, text, isRemoved, after } of changes) {
          const document = { id, title: title.join(' '), text: text.join(' ') };
          if (isRemoved) changed.remove(id);
          else changed.upsert(document);
          left.delete(id);
          if (!isRemoved) left.set(id, document);
          if (after !== 'nothing') changed.documents.freeze();
          if (after === 'tidy' || after === 'compact') finish(changed.documents[after]());
        }
        const fresh = createRetrievalIndex<Document>();
        for (const document of left.values()) fresh.upsert(document);
        const ranked = (index: typeof fresh) =>
          index
            .rank(index.query({ subject: '', description: asked.join(' ') }), { limit: 6 })
            .map(({ document, evidence }) => `${document.id} ${evidence.closeness.toFixed(6)}`)
            .sort();
        expect(ranked(changed)).toEqual(ranked(fresh));
      }),
    );
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'binary' }), (text, subject) => {
        const index = filled();
        index.upsert({ id: 'odd', title: subject, text });
        const query = index.query({ subject, description: text });
        for (const { evidence } of index.rank(query, { limit: 3 })) {
          expect(Object.values(evidence).filter((value) => !Number.isFinite(value) || value < -1e-9)).toEqual([]);
          expect(evidence.coverage).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });
});

describe('confidence', () => {
  const evidence: Evidence = {
    coverage: 0.5,
    titleCoverage: 0.2,
    focus: 0.3,
    closeness: 1,
    lead: 1.2,
    length: Math.log(60),
    rarest: 0.6,
    secondRarest: 0.5,
    thirdRarest: 0.4,
    fourthRarest: 0.3,
    queryLength: Math.log(8),
    shortness: 1 / 7,
  };

  it.each(['coverage', 'titleCoverage', 'focus', 'closeness', 'rarest', 'secondRarest'] as const)(
    'grows with %s',
    (name) => {
      expect(probabilityOf({ ...evidence, [name]: evidence[name] * 0.9 })).toBeLessThan(probabilityOf(evidence));
    },
  );

  it('is likely, possible, or not worth showing', () => {
    const byProbability = [0, 0.26, 0.28, 0.59, 0.61, 1].map(confidenceOf);
    expect(byProbability).toEqual([undefined, undefined, 'possible', 'possible', 'likely', 'likely']);
  });
});

describe('terms', () => {
  it.each([
    ['drops dropped dropping drop', ['drop']],
    ['policies policy', ['policy']],
    ['cables cable', ['cabl']],
    ['the and it is there', []],
    ['cannot doesn’t isn’t no nicht keine ne pas não geen nie broken kaputt', ['not']],
    ['error message open start', ['error', 'messag', 'open', 'start']],
    ['vpn-gw-01', ['vpn-gw-01', 'vpn', 'gw', '01']],
    ['0x80070005 80070005', ['80070005']],
    ['access address status', ['access', 'addres', 'status']],
    ['configure configures configuration konfigurieren', ['config', 'konfig']],
    ['Wi-Fi wifi WIFI', ['wifi']],
    ['e-mail', ['email', 'mail']],
    // German: with umlauts, without, and as they are written on other keyboards.
    ['Drücken drucken druecken', ['drucke']],
    ['Straße strasse', ['strass']],
    ['für über und mit', []],
    // Accents are often left out.
    ['contraseña contrasena Contraseñas', ['contra']],
    ['łącze lacze', ['lacz']],
    ['İstanbul istanbul ISTANBUL', ['istanb']],
    ['ёлка елка', ['елка']],
    // Scripts without blanks, in pairs.
    ['打印机', ['打印', '印机']],
    ['VPN连不上，打印机没有反应', ['vpn', 'not', '打印', '印机', '反应']],
    ['パスワード', ['パス', 'スワ', 'ワー', 'ード']],
    ['프린터가', ['프린', '린터', '터가']],
    ['เครื่อง', ['เค', 'คร', 'รื', 'ื่', '่อ', 'อง']],
    // Vowel signs are part of a Hindi word.
    ['पासवर्ड', ['पासवर्']],
    // Full width, as Japanese keyboards write it.
    ['ＶＰＮ', ['vpn']],
  ])('%s', (text, expected) => {
    expect([...new Set(termsOf(text))]).toEqual(expected);
  });

  it('of text in no language are found again in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
        expect(termsOf(text.normalize('NFD'))).toEqual(termsOf(text.normalize('NFC')));
      }),
    );
  });
});
