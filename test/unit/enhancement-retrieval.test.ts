import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRetrievalIndex, type Document } from '../../src/enhancement/retrieval.js';
import { termsOf } from '../../src/enhancement/tokenization.js';

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

const filled = () => {
  const index = createRetrievalIndex<Document>();
  for (const document of corpus) index.upsert(document);
  return index;
};
const find = (subject: string, description: string, index = filled()) =>
  index.search(index.query({ subject, description }), 3).map(({ document }) => document.id);

describe('retrieval', () => {
  it.each([
    ['VPN keeps dropping', 'My tunnel is disconnecting hourly since the update.', 'vpn'],
    ['Blank pages', 'The printer on floor 2 only prints blank pages', 'printer'],
    ['', 'outlook wants my password all the time', 'outlook'],
    ['slow wifi', 'Meeting room 4, the wi-fi is unusably slow', 'wifi'],
  ])('finds what “%s: %s” is about', (subject, description, expected) => {
    expect(find(subject, description)[0]).toBe(expected);
  });

  it.each([
    ['Parking permit', 'How do I get a parking permit for a visitor next Tuesday?'],
    ['Hello', 'Hello, I have a problem, it does not work since yesterday. Please help as soon as possible. Thank you!'],
    ['', 'x'],
    ['Room', 'Please book the big room.'],
  ])('finds nothing for “%s: %s”', (subject, description) => {
    expect(find(subject, description)).toEqual([]);
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

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'binary' }), (text, subject) => {
        const index = filled();
        index.upsert({ id: 'odd', title: subject, text });
        for (const { score } of index.search(index.query({ subject, description: text }), 3)) {
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('terms', () => {
  it.each([
    ['drops dropped dropping drop', ['drop']],
    ['printers printing printed printer', ['printer', 'print']],
    ['policies policy', ['policy']],
    ['the and please help since yesterday', []],
    ['vpn-gw-01', ['vpn-gw-01', 'vpn', 'gw', '01']],
    ['0x80070005', ['0x80070005']],
    ['access address status', ['access', 'address', 'status']],
    ['configure configures configuring configured', ['configur']],
  ])('%s', (text, expected) => {
    expect([...new Set(termsOf(text))]).toEqual(expected);
  });
});
