import { describe, expect, it } from '@jest/globals';
import {
  connectionStands,
  denialIn,
  refusalIn,
  isCommandTimeout,
  isForbidden,
  isMissingDatabase,
  isOfWrongServer,
  isUnknownPrimary,
  isUnknownScript,
  keepSilence,
  keepWords,
  wordsOf,
} from '../../../src/redis/redis-errors.js';
import { filesBelow, read } from '../../support/shipped-expressions.js';

describe('why Redis cannot be used', () => {
  it.each([
    [
      "OOM command not allowed when used memory > 'maxmemory'. script: 1e9bb7deb6219644a634d32c430ce15ed39a377e, on @user_script:119.",
      "OOM command not allowed when used memory > 'maxmemory'",
    ],
    [
      "ERR Error running script (call to f_1e9b): @user_script:3: @user_script: 3: -READONLY You can't write against a read only replica.",
      "READONLY You can't write against a read only replica",
    ],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'connect ECONNREFUSED 127.0.0.1:6379'],
    ['Unknown RESP type 72 "H". Please report this.', 'what answers there is no Redis (Unknown RESP type 72 "H")'],
    [
      'MOVED 866 10.0.0.2:6379',
      'it is a node of a Redis Cluster, so REDIS_URL must be redis+cluster://… (MOVED 866 10.0.0.2:6379)',
    ],
    [
      'ERR This instance has cluster support disabled',
      'it is no node of a Redis Cluster, so REDIS_URL must be redis://… (ERR This instance has cluster support disabled)',
    ],
    [
      "failed to connect to sentinel a:6379 because ERR unknown command 'sentinel', with args beginning with: 'get-master-addr-by-name' 'mymaster' ",
      'the sentinel a:6379 says it is a Redis server and no sentinel, so REDIS_URL must be redis://…',
    ],
    ['Unknown RESP type 21 "\u0015". Please report this.', 'it speaks TLS, so REDIS_URL must be rediss://…'],
    [
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used',
      'NOAUTH (it wants a password, so REDIS_URL must have one)',
    ],
    [
      'failed to connect to sentinel a:26379 because NOAUTH Authentication required.',
      'the sentinel a:26379 says NOAUTH (it wants a password, so REDIS_SENTINEL_PASSWORD must be set)',
    ],
    ['write EPIPE', 'it closed the connection (write EPIPE)'],
    ['Command timed out', 'it gives no answer'],
    ["Socket timeout. Expecting data, but didn't receive any in 1000ms.", 'it gives no answer'],
    [
      'failed to connect to sentinel a:26379 because WRONGPASS invalid username-password pair.',
      'the sentinel a:26379 says WRONGPASS invalid username-password pair',
    ],
    [
      'failed to connect to sentinel a:26379 because Connection is closed.',
      'there is no connection to the sentinel a:26379',
    ],
    ['failed to connect to sentinel a:26379 because ', 'there is no connection to the sentinel a:26379'],
    ['failed to connect to sentinel a:26379 because connect ETIMEDOUT', 'the sentinel a:26379 gives no answer'],
  ])('%s is told as it is meant', (message, words) => {
    expect(wordsOf({}, new Error(message))).toBe(words);
  });

  it.each([
    "Stream isn't writeable and enableOfflineQueue options is false",
    'Connection is closed.',
    'Reached the max retries per request limit (which is 0). Refer to "maxRetriesPerRequest" option for details.',
    'All sentinels are unreachable. Retrying from scratch after 10ms.',
  ])('%s gives way to what the server said last', (message) => {
    const redis = {};
    expect(wordsOf(redis, new Error(message))).toBe('there is no connection to it');
    keepWords(redis, new Error('WRONGPASS invalid username-password pair or user is disabled.'));
    keepWords(redis, new Error(message));
    expect(wordsOf(redis, new Error(message))).toBe('WRONGPASS invalid username-password pair or user is disabled');
    expect(wordsOf(redis)).toBe('WRONGPASS invalid username-password pair or user is disabled');
  });

  it('is the latest error of the network: what refused a connection before says nothing about one that was closed', () => {
    const redis = {};
    keepWords(redis, new Error('connect ECONNREFUSED 10.0.0.7:6379'));
    keepWords(redis, new Error('read ECONNRESET'));
    expect(wordsOf(redis)).toBe('it closed the connection (read ECONNRESET)');
  });

  it('is what a server says that refuses connections, whichever of them it only closes', () => {
    const redis = {};
    const closed = new Error('write EPIPE');
    keepWords(redis, closed);
    expect(wordsOf(redis)).toBe('it closed the connection (write EPIPE)');
    keepWords(redis, new Error('ERR max number of clients reached'));
    keepWords(redis, closed);
    expect([wordsOf(redis), wordsOf(redis, closed)]).toEqual(Array(2).fill('ERR max number of clients reached'));
    connectionStands(redis);
    keepWords(redis, closed);
    expect(wordsOf(redis)).toBe('it closed the connection (write EPIPE)');
  });

  it('of a cluster is what its last node said', () => {
    const error = Object.assign(new Error('Failed to refresh slots cache.'), {
      lastNodeError: new Error('LOADING Redis is loading'),
    });
    expect(wordsOf({}, error)).toBe('LOADING Redis is loading');
  });
});

describe('what an error of Redis means', () => {
  const meanings = {
    isOfWrongServer,
    isMissingDatabase,
    isForbidden,
    isUnknownScript,
    isUnknownPrimary,
    isCommandTimeout,
  } as const;

  it.each<[string, keyof typeof meanings | undefined]>([
    ["READONLY You can't write against a read only replica.", 'isOfWrongServer'],
    ["ERR Error running script (call to f_1e9b): @user_script:3: -READONLY You can't write.", 'isOfWrongServer'],
    ['UNBLOCKED force unblock from blocking operation, instance state changed', 'isOfWrongServer'],
    ['LOADING Redis is loading the dataset in memory', 'isOfWrongServer'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'isOfWrongServer'],
    ['NOAUTH Authentication required.', 'isOfWrongServer'],
    ["OOM command not allowed when used memory > 'maxmemory'.", undefined],
    ['MISCONF Errors writing to the AOF file: No space left on device', undefined],
    ['BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.', undefined],
    ['ERR DB index is out of range', 'isMissingDatabase'],
    ['ERR SELECT is not allowed in cluster mode', 'isMissingDatabase'],
    ["NOPERM this user has no permissions to run the 'evalsha' command", 'isForbidden'],
    [
      "ERR The user executing the script can't run this command or subcommand script: 1e9bb7deb6219644a634d32c430ce15ed39a377e, on @user_script:33.",
      'isForbidden',
    ],
    ["ERR unknown command 'bzpopmin', with args beginning with: 'enhancement:queue:marker'", 'isForbidden'],
    ["ERR unsupported command 'bzpopmin'", 'isForbidden'],
    ["ERR Command is not available: 'INFO'. See https://upstash.com/docs", 'isForbidden'],
    ['ERR command eval not support for normal user', 'isForbidden'],
    ["ERR command 'FLUSHALL' not support for normal user", 'isForbidden'],
    ["ERR handle request, command 'INFO' is not allowed", 'isForbidden'],
    ['ERR command is not allowed', 'isForbidden'],
    ['ERR This command is not allowed on this server', 'isForbidden'],
    ['ERR command is not allowed script: 1e9bb7deb6219644a634d32c430ce15ed39a377e, on @user_script:3.', 'isForbidden'],
    ["ERR command not allowed when used memory > 'maxmemory'.", undefined],
    ['ERR command is not available during failover', undefined],
    ["ERR command 'INFO' not allowed while the server is loading", undefined],
    ['LOADING command not allowed', 'isOfWrongServer'],
    ['ERR max daily request limit exceeded. Command not allowed', undefined],
    ['ERR write command not allowed: the disk is full', undefined],
    ['ERR command is not allowed in subscribe mode', undefined],
    ['NOSCRIPT No matching script. Please use EVAL.', 'isUnknownScript'],
    ['connected to sentinel a:26379 successfully, but got an invalid reply: null', 'isUnknownPrimary'],
    ['Command timed out', 'isCommandTimeout'],
    ["Socket timeout. Expecting data, but didn't receive any in 3500ms.", undefined],
  ])('%s', (message, meaning) => {
    const error = new Error(message);
    const found = Object.entries(meanings).flatMap(([name, applies]) => (applies(error) ? [name] : []));
    expect(found).toEqual(meaning === undefined ? [] : [meaning]);
  });

  it('that a server is silent is told as of a command without a reply', () => {
    const redis = {};
    keepSilence(redis);
    expect(wordsOf(redis)).toBe(wordsOf({}, new Error('Command timed out')));
  });

  it.each([
    ['-DENIED Redis is running in protected mode.\r\n', 'DENIED Redis is running in protected mode.', true],
    ['-ERR max number of clients reached\r\n', 'ERR max number of clients reached', false],
    ['+OK\r\n', undefined, false],
  ])('a refusal is read from the first bytes of a connection: %j', (reply, words, isDenial) => {
    expect(refusalIn(Buffer.from(reply))).toBe(words);
    expect(denialIn(Buffer.from(reply))).toBe(isDenial ? words : undefined);
  });

  it('is known in one file', () => {
    const codes =
      /\b(?:READONLY|LOADING|MISCONF|OOM|NOAUTH|WRONGPASS|NOPERM|NOSCRIPT|CLUSTERDOWN|UNBLOCKED|DENIED)\b(?!_)/;
    const comment = /\/\/ .*$|^\s*\/?\*.*$/;
    const others = filesBelow('src', '.ts').filter((file) => file !== 'src/redis/redis-errors.ts');
    const lines = others.flatMap((file) =>
      read(file)
        .split('\n')
        .map((line) => line.replace(comment, '')),
    );
    expect(lines.filter((line) => codes.test(line))).toEqual([]);
  });
});
