import { expect, it } from '@jest/globals';
import { hasBearerToken, hasBasicPassword } from '../../../src/admin/operator-token.js';

it.each([
  ['Bearer secret', true],
  ['bearer secret', true],
  ['Bearer secre', false],
  ['Bearer secret2', false],
  ['Basic secret', false],
  ['secret', false],
  ['', false],
  [undefined, false],
])('authorization %j: %j', (authorization, expected) => {
  expect(hasBearerToken(authorization, 'secret')).toBe(expected);
});

it.each([
  ['on-call:secret', true],
  [':secret', true],
  ['on-call:secre', false],
  ['secret:', false],
  ['secret', false],
  ['a:b:secret', false],
])('password of %j: %j', (pair, expected) => {
  expect(hasBasicPassword(`Basic ${Buffer.from(pair).toString('base64')}`, 'secret')).toBe(expected);
});
