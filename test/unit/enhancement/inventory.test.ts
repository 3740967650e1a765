import { describe, expect, it } from '@jest/globals';
import type { Asset } from '../../../src/enhancement/index.js';
import { createInventorySource } from '../../../src/enhancement/note-engine.js';
import { ticketJob } from '../../support/worker.js';

const assets: Asset[] = [
  { name: 'files-01', kind: 'file server', aliases: ['S drive', 'H drive'] },
  { name: 'hv-fra-02', kind: 'hypervisor', aliases: ['fra node 2'] },
  { name: 'crm-01', kind: 'application', aliases: ['the CRM', 'SAP R/3'] },
  { name: 'prn-01', kind: 'printer', aliases: ['printer of the reception', 'Drucker am Empfang'] },
  { name: 'room-oak', kind: 'meeting room', aliases: ['Oak'] },
];
const source = createInventorySource(async (use) => {
  for (const asset of assets) await use(asset);
});

const named = async (description: string): Promise<string[]> => {
  const found = await source.search(ticketJob({ subject: '', description }), new AbortController().signal);
  return found.map(({ id }) => id);
};

describe('an asset is named by a ticket', () => {
  it.each([
    ['files-01 is full', ['files-01']],
    ['My S: drive has a red cross', ['files-01']],
    ['the H drive', ['files-01']],
    ['FRA node 2 does not answer', ['hv-fra-02']],
    ["The 'S' drive is full", ['files-01']],
    ['CRM is down', ['crm-01']],
    ['SAP R3 hangs', ['crm-01']],
    ['SAP R/3 hangs', ['crm-01']],
    ['Printer reception is broken', ['prn-01']],
    ['Drucker Empfang druckt nicht', ['prn-01']],
    ['Mail does not arrive. See https://cmdb.example.com/assets/files-01', ['files-01']],
    ['mount of /mnt/files-01:2049 fails', ['files-01']],
    ['Oak and hv-fra-02', ['room-oak', 'hv-fra-02']],
  ])('that has one of its names whole: %s', async (description, expected) => {
    expect((await named(description)).sort()).toEqual(expected.sort());
  });

  it.each([
    'what’s wrong with my drive',
    'the drive is full',
    'a node is down',
    'node 3 in fra',
    'https://runbooks.example.com/node/oak',
  ])('not by a part of a name: %s', async (description) => {
    expect(await named(description)).toEqual([]);
  });
});
