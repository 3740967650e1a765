import { describe, expect, it } from '@jest/globals';
import { dataDirUnusable } from '../../../../src/redis/embedded/data-dir.js';

/** As Node reports a folder in which no socket can be made. */
const socketError = (address: string, code: string): Error =>
  Object.assign(new Error(`listen ${code}: ${address}`), { syscall: 'listen', code, address });

describe('what to do about a DATA_DIR that cannot be used', () => {
  it.each([
    [
      'a socket in it is refused',
      socketError('/data/life.sock', 'EACCES'),
      /Set it to a folder that this user can write\.$/,
    ],
    [
      'its sockets are elsewhere, in a folder that is missing',
      socketError('/missing/life.sock', 'EACCES'),
      /too long for a socket, .* Set it to a shorter path, or TMPDIR to a folder that this user can write\.$/,
    ],
    [
      'its file system has no sockets',
      socketError('/data/life.sock', 'ENOTSUP'),
      /Set it to a folder on a local disk\.$/,
    ],
    [
      'a file in it is refused',
      Object.assign(new Error('x'), { syscall: 'open', code: 'EACCES' }),
      /this user can write\.$/,
    ],
  ])('where %s', (_, error, advice) => {
    expect(dataDirUnusable('/data', error)).toMatchObject({
      code: 'DATA_DIR_UNUSABLE',
      message: expect.stringMatching(advice),
    });
  });
});
