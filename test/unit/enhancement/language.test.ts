import { describe, expect, it } from '@jest/globals';
import type { Confidence } from '../../../src/enhancement/confidence.js';
import type { Excerpt } from '../../../src/enhancement/excerpt.js';
import { inReadingOrder, languageOf } from '../../../src/enhancement/language.js';
import type { Language } from '../../../src/enhancement/note-words.js';
import { ticketTexts } from '../../support/ticket-texts.js';

const told = (text: string): Promise<Language> => languageOf({ subject: text, description: '' });

describe('the language of a ticket', () => {
  it('is told for at least 97 of 100 short texts in ten languages', async () => {
    const wrong: string[] = [];
    for (const [language, texts] of Object.entries(ticketTexts)) {
      for (const text of texts) {
        const found = await told(text);
        if (found !== language) wrong.push(`${language}, told as ${found}: ${text}`);
      }
    }
    expect(Object.values(ticketTexts).flat()).toHaveLength(100);
    expect(wrong.length).toBeLessThanOrEqual(3);
  });

  it.each([
    '',
    'VPN',
    'ERR 0x80070005',
    '502 Bad Gateway',
    'Skrivaren på tredje våningen fungerar inte',
    'Принтер не работает',
    'الطابعة لا تعمل',
    'WLAN weg',
    'Printer error 49',
    'Password reset',
    'no internet',
    'Broken screen',
    'Printer broken',
    'Slow internet',
    'Zoom: no audio!',
    'Máy in báo lỗi từ hôm qua'.normalize('NFD'),
  ])('is English where it cannot be told, or is one that notes are not written in: %j', async (text) => {
    await expect(told(text)).resolves.toBe('en');
  });

  it('is that of the sentences around messages, addresses and code', async () => {
    const description =
      'Beim Start kommt "The remote computer refused the network connection and closed the session", siehe https://wiki.example.com/the/remote/computer und `net use the printer`.';
    await expect(languageOf({ subject: 'Drucker', description })).resolves.toBe('de');
    await expect(
      languageOf({ subject: 'VPN connection error 619', description: '连接失败，请帮忙。今天早上开始。' }),
    ).resolves.toBe('zh');
  });

  it('is looked for in the beginning of a text of a megabyte', async () => {
    await expect(languageOf({ subject: '', description: '"'.repeat(1_000_000) })).resolves.toBe('en');
    await expect(told('La impresora no imprime. '.repeat(40_000))).resolves.toBe('es');
  });
});

describe('the sources of a note', () => {
  const source = (id: string, confidence: Confidence, quote: string): Excerpt => ({
    source: 'ticket_history',
    id,
    title: '',
    quote,
    background: '',
    detail: '',
    score: 0.5,
    confidence,
  });
  const german = 'Die Anmeldeseite des Hotels war noch offen. Nach der Anmeldung dort ging die Verbindung.';
  const english = 'Removed the mail account from the phone, unlocked the account, and the VPN works again.';

  it('stand in its language before others where all are only possible, and behind a likely one of another', async () => {
    const found = [
      source('likely', 'likely', german),
      source('de', 'possible', german),
      source('en-1', 'possible', english),
      source('en-2', 'possible', english),
    ];
    const ids = (excerpts: readonly Excerpt[]): string[] => excerpts.map(({ id }) => id);
    expect(ids(await inReadingOrder(found, 'en'))).toEqual(['likely', 'en-1', 'en-2', 'de']);
    expect(ids(await inReadingOrder(found, 'de'))).toEqual(['likely', 'de', 'en-1', 'en-2']);
  });
});
