import { describe, expect, it } from '@jest/globals';
import { createLogWriter } from '../../../src/logging/log-writer.js';

const failing = (code: string, message = code): Error => Object.assign(new Error(message), { code });

/** A writer on an output that takes so many bytes at a time; an Error: it takes none, and says so. */
function writerOn(takes: () => number | Error) {
  let written = '';
  const writer = createLogWriter({
    write(bytes) {
      const taken = takes();
      if (taken instanceof Error) throw taken;
      const part = bytes.subarray(0, taken);
      written += Buffer.from(part).toString();
      return part.length;
    },
    describeLost: (lines, why) => `${lines} lost: ${why}\n`,
  });
  return { write: (line: string) => writer.write(line), written: () => written };
}

describe('a line of the log', () => {
  it('is written whole, however little the output takes at a time', () => {
    const { write, written } = writerOn(() => 3);
    write('one line\n');
    expect(written()).toBe('one line\n');
  });

  it('waits for a reader that is slow', () => {
    const answers = [failing('EAGAIN'), failing('EAGAIN'), 100];
    const { write, written } = writerOn(() => answers.shift() ?? 100);
    write('one line\n');
    expect(written()).toBe('one line\n');
  });

  it('is dropped when the disk is full; the next one that is written says how many are missing', () => {
    let full = true;
    const { write, written } = writerOn(() => (full ? failing('ENOSPC', 'no space left') : 100));
    for (const line of ['a\n', 'b\n', 'c\n']) write(line);
    expect(written()).toBe('');
    full = false;
    for (const line of ['d\n', 'e\n']) write(line);
    expect(written()).toBe('3 lost: no space left\nd\ne\n');
  });

  it('waits for a reader that has stopped in its first line alone, or the service would stop with it', () => {
    let asked = 0;
    const { write } = writerOn(() => {
      asked += 1;
      return failing('EAGAIN');
    });
    write('first\n');
    expect(asked).toBeGreaterThan(1);
    asked = 0;
    for (let i = 0; i < 100; i++) write('next\n');
    expect(asked).toBe(100);
  });

  it('begins on a line of its own after one that was cut off', () => {
    const answers = [4, failing('EPIPE')];
    const { write, written } = writerOn(() => answers.shift() ?? 100);
    write('cut off\n');
    write('whole\n');
    expect(written()).toBe('cut \n1 lost: EPIPE\nwhole\n');
  });
});
