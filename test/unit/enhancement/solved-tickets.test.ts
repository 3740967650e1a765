import { describe, expect, it } from '@jest/globals';
import { isEmptyResolution } from '../../../src/enhancement/empty-resolution.js';
import { toTicketDocument } from '../../../src/enhancement/history-document.js';
import { historyExcerpt } from '../../../src/enhancement/history-excerpt.js';
import { createHistorySource } from '../../../src/enhancement/note-engine.js';
import { memoryHistory } from '../../support/memory-history.js';
import { indexOf } from '../../support/retrieval-index.js';
import { ticketJob } from '../../support/worker.js';

describe('a resolution', () => {
  it.each([
    'Done.',
    'Fixed now, user confirmed.',
    'Issue resolved, closing ticket. Thanks!',
    'erledigt',
    'Problem gelöst, Anwender bestätigt',
    'Resuelto, gracias',
    'Résolu.',
    'Risolto',
    'opgelost',
    '已解决',
    '対応しました。',
    '...',
    'Works again, thanks',
    'Funktioniert wieder.',
  ])('tells nothing of how it was solved: %s', (resolution) => {
    expect(isEmptyResolution(resolution)).toBe(true);
  });

  it.each([
    'Rebooted.',
    'Restarted the spooler, works now.',
    'Fixed by update 5.2',
    'Neu gestartet, läuft jetzt',
    'Se reinició el servicio',
    '重新启动后解决',
    'Z:',
    'X',
    '1. Off 2. On',
    'Go to the other one',
    'User confirmed that the cable was loose',
  ])('tells how: %s', (resolution) => {
    expect(isEmptyResolution(resolution)).toBe(false);
  });
});

describe('a ticket like solved ones', () => {
  it('gets those of which somebody wrote how they were solved', async () => {
    const solved = (ticketId: string, resolution: string) => ({
      ticketId,
      subject: 'Printer prints nothing',
      description: 'The printer on the second floor prints nothing.',
      resolution,
      resolvedAt: '2026-01-01T00:00:00Z',
      tags: [],
    });
    const history = memoryHistory();
    for (let i = 0; i < 4; i++) await history.upsert('acme', solved(`T-${i}`, 'Fixed.'));
    await history.upsert('acme', solved('T-9', 'Emptied the spool folder.'));
    const source = createHistorySource({ tenantId: 'acme', history });
    const ticket = ticketJob({ tenantId: 'acme', subject: 'Printer prints nothing', description: '' });
    const found = await source.search(ticket, new AbortController().signal);
    expect(found.map(({ id }) => id)).toEqual(['T-9']);
  });

  it.each([
    ['Hi Kim,\n\nthe scanner jams', 'the scanner jams'],
    ['Hello team, the scanner jams', 'the scanner jams'],
    ['\n\nThe scanner jams\non each page', 'The scanner jams'],
    ['Hi scanner jams', 'Hi scanner jams'],
    [`${'x'.repeat(119)}😀 scanner`, 'x'.repeat(119)],
    [`${'The scanner jams '.repeat(6)}now, password: Summer2026`, `${'The scanner jams '.repeat(6)}now, password: •••`],
  ])('names a solved one without a subject by what its description says: %j', (description, title) => {
    const resolvedAt = '2026-01-01T00:00:00Z';
    const ticket = { ticketId: 'T-1', subject: '', description, resolution: 'Wiped it.', resolvedAt, tags: [] };
    const document = toTicketDocument(ticket);
    const query = indexOf([document]).query({ subject: 'scanner', description: '' });
    expect(historyExcerpt({ document, probability: 0.5, confidence: 'possible' }, query).title).toBe(title);
  });
});
