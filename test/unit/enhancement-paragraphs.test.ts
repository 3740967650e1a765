import { describe, expect, it } from '@jest/globals';
import { bestParagraphs } from '../../src/enhancement/paragraphs.js';
import { termsOf } from '../../src/enhancement/tokenization.js';

const weights = new Map(termsOf('rekey interval tunnel').map((term) => [term, 1]));

describe('the best paragraphs of a text', () => {
  it('are those with most of the ticket’s terms, in their order, with a mark for what was left out', () => {
    const text = 'About us.\n\nThe tunnel drops.\n\nPrinters are slow.\n\nRaise the rekey interval of the tunnel.';
    expect(bestParagraphs(text, weights, 10)).toBe(
      '…\n\nThe tunnel drops.\n\n…\n\nRaise the rekey interval of the tunnel.',
    );
  });

  it('are all of them where there is room', () => {
    const text = 'The tunnel drops.\n\nPrinters are slow.';
    expect(bestParagraphs(text, weights, 100)).toBe(text);
  });

  it('keep lists, steps and code whole, with the sentence that introduces them', () => {
    const steps = 'Raise the rekey interval:\n\n1. Open the client.\n\n2. Choose Settings.\n\n   vpnctl set rekey 8h';
    const text = `Printers are slow and the office is cold.\n\n${steps}`;
    expect(bestParagraphs(text, weights, 20)).toContain(
      'Raise the rekey interval:\n1. Open the client.\n2. Choose Settings.',
    );
  });

  it('are cut at a line where one alone is too long', () => {
    const text = ['Raise the rekey interval.', 'Then reconnect the tunnel and wait.', 'Then log off.'].join('\n');
    expect(bestParagraphs(text, weights, 8)).toBe('Raise the rekey interval.\n…');
    expect(bestParagraphs('rekey '.repeat(100).trim(), weights, 3)).toBe('rekey rekey rekey …');
    expect(bestParagraphs('', weights, 3)).toBe('');
  });
});
