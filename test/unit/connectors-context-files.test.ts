import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHistory, readInventory } from '../../src/connectors/index.js';

const folder = mkdtempSync(join(tmpdir(), 'te-context-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (text: string): string => {
  const path = join(folder, 'file');
  writeFileSync(path, text);
  return path;
};

describe('a file of context', () => {
  it.each([
    ['- name: vpn-gw-01', ['vpn-gw-01']],
    ['assets:\n  - name: vpn-gw-01\n  - { name: vpn-gw-02, aliases: [gw2] }', ['vpn-gw-01', 'vpn-gw-02']],
  ])('is an inventory: %j', async (text, names) => {
    expect((await readInventory(file(text))).map(({ name }) => name)).toEqual(names);
  });

  it.each([
    ['', /file cannot be used: it is empty, and must be a list\. Correct it, or its path\.$/],
    ['hello', /cannot be used: it must be a list\./],
    ['- name: a\n- kind: router', /cannot be used: name of the 2nd entry is missing\./],
    [
      '- { name: "", owner: 5 }',
      /: name of the 1st entry must not be empty; owner of the 1st entry must be a string\./,
    ],
    ['- { name: a, aliases: [x, 1] }', /: the 2nd of aliases of the 1st entry must be a string\./],
  ])('that is no inventory is refused in a sentence: %j', async (text, sentence) => {
    await expect(readInventory(file(text))).rejects.toThrow(sentence);
  });

  it.each([
    [
      '{"ticket_id":"T-1"}',
      /file:1 cannot be used: description is missing; resolution is missing; resolved_at is missing\./,
    ],
    ['\n[]', /file:2 cannot be used: it must be a mapping of keys to values\./],
  ])('that is no history is refused with its line: %j', async (text, sentence) => {
    await expect(readHistory(file(text))).rejects.toThrow(sentence);
  });
});
