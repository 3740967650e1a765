import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A client's private storage may be another in its next release, and is another in prom-client's successor. What is in
 * neither's documented interface must not be named here.
 */

const folder = 'src/cluster-metrics';

const privateMembers = [
  'hashMap',
  'LabelMap',
  'hashObject',
  'labelHash',
  'sortedLabelNames',
  'upperBounds',
  'bucketValues',
  'bucketExemplars',
  'defaultExemplarLabelSet',
  'defaultValue',
  'incWithExemplar',
  'incWithoutExemplar',
  'observeWithExemplar',
  'observeWithoutExemplar',
  'updateExemplar',
  'getForPromString',
  'sharedLabels',
  '_metrics',
  '_defaultLabels',
  '_collectors',
  '_contentType',
  '_getValue',
  'metricsMap',
  'globalRegistry',
  'getOwnPropertyDescriptor',
  'getOwnPropertyDescriptors',
  'getOwnPropertyNames',
  'getOwnPropertySymbols',
  'Reflect',
];

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

it.each(files)('%s names no private member of a client', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  const words = new Set(text.match(/\w+/g));
  expect(text).not.toMatch(/\.store\b/);
  expect(privateMembers.filter((member) => words.has(member))).toEqual([]);
});

it.each(files.filter((name) => /^(child|wire|primary)\//.test(name)))('%s imports no client', (name) => {
  expect(readFileSync(join(folder, name), 'utf8')).not.toMatch(/from ['"](prom-client|@prometheus-io\/client)['"]/);
});

it.each(files)('%s says what it is for and what it must not know', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  expect(text.slice(0, text.indexOf('*/'))).toMatch(/^(#!.+\n)?\/\*\*\n \* [A-Z][\s\S]+\n \* Must not know: /);
});

it.each(files)('%s has at most 250 lines', (name) => {
  expect(readFileSync(join(folder, name), 'utf8').split('\n').length - 1).toBeLessThanOrEqual(250);
});
