import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../src/config/config.js';
import { ConfigError } from '../../../src/config/config-error.js';
import { parseRedisUrl, withSentinelPassword } from '../../../src/config/redis-url.js';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}

const plain = { tls: false, family: 0 } as const;

describe('REDIS_URL', () => {
  it.each([
    ['redis://redis', { kind: 'server', host: 'redis', port: 6379, db: 0, ...plain }],
    ['redis://redis/', { kind: 'server', host: 'redis', port: 6379, db: 0, ...plain }],
    ['Redis://redis', { kind: 'server', host: 'redis', port: 6379, db: 0, ...plain }],
    ['valkey://valkey', { kind: 'server', host: 'valkey', port: 6379, db: 0, ...plain }],
    ['valkeys://valkey', { kind: 'server', host: 'valkey', port: 6379, db: 0, ...plain, tls: true }],
    [
      'rediss://me:p%40ss%20word@redis.example:6380/2?family=6',
      {
        kind: 'server',
        host: 'redis.example',
        port: 6380,
        db: 2,
        username: 'me',
        password: 'p@ss word',
        tls: true,
        family: 6,
      },
    ],
    [
      'redis://:secret@[::1]:6379?db=3',
      { kind: 'server', host: '::1', port: 6379, db: 3, password: 'secret', ...plain },
    ],
    ['unix:///run/with a blank/redis.sock?db=1', { kind: 'socket', path: '/run/with a blank/redis.sock', db: 1 }],
    [
      'redis+cluster://me:secret@a:7000,b',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 6379 },
        ],
        username: 'me',
        password: 'secret',
        ...plain,
      },
    ],
    [
      'rediss+sentinel://:secret@a,b:26380/mymaster?db=4',
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 26_380 },
        ],
        name: 'mymaster',
        password: 'secret',
        db: 4,
        tls: true,
        family: 0,
      },
    ],
    [
      'redis+sentinel://a/main?sentinel_user=re%40der',
      {
        kind: 'sentinel',
        sentinels: [{ host: 'a', port: 26_379 }],
        name: 'main',
        sentinelUsername: 're@der',
        db: 0,
        tls: false,
        family: 0,
      },
    ],
  ])('%s is understood', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(expected);
    expect(problemsOf({ REDIS_URL: url })).toEqual([]);
  });

  // Each holds the word canary where a password may be, which must not be told.
  it.each([
    [
      'redis://user:pa canary@host',
      /^REDIS_URL must not contain a blank or a line end; in a password write a blank as %20\.$/,
    ],
    ['redis://user:canary@ho\nst', /^REDIS_URL must not contain a blank/],
    ['redis://user:can/ary@host', /^REDIS_URL has a port that is no number .* write \/ as %2F there\.$/],
    ['redis://user:can#ary@host', /^REDIS_URL must not contain # .* write # as %23/],
    ['redis://user:can?ary@host', /^REDIS_URL has an option behind its \?|^REDIS_URL must not contain/],
    ['redis://user:canary:canary@host', /^REDIS_URL has a user or password that must be percent-encoded/],
    ['redis://user:can@ary@host', /^REDIS_URL has a user or password that must be percent-encoded/],
    ['redis://user:100%canary@host', /^REDIS_URL has a user or password that is not percent-encoded/],
    ['redis://user:canary@', /^REDIS_URL must name a host/],
    ['redis://user:canary@host:0', /^REDIS_URL has a port that is no number from 1 to 65535/],
    ['redis://user:canary@host:65536', /^REDIS_URL has a port/],
    ['redis://user:canary@host:port', /^REDIS_URL has a port/],
    ['redis://:canary@::1:6379', /^REDIS_URL must name a host, .* IPv6 addresses stand in brackets/],
    ['redis://:canary@a:1,b:2', /^REDIS_URL must name one host/],
    ['redis://:canary@host/one', /^REDIS_URL must give the database as a whole number/],
    ['redis://:canary@host/1?db=1', /^REDIS_URL must give the database once/],
    ['redis://host?password=canary', /^REDIS_URL has an option behind its \? that is not known here/],
    ['redis://host?sentinel_user=canary', /^REDIS_URL has an option behind its \? that is not known here/],
    ['redis://host?family=5', /^REDIS_URL must give family as 4 or 6/],
    ['http://:canary@host', /^REDIS_URL must be redis:/],
    ['tcp://:canary@host', /^REDIS_URL must be redis:/],
    ['rediss://:canary@host?cert=/tls/client.pem', /^REDIS_URL must give cert and key together, as absolute paths/],
    ['rediss://:canary@host?cert=client.pem&key=client.key', /^REDIS_URL must give cert and key together/],
    ['redis://:canary@host?cert=/client.pem&key=/client.key', /^REDIS_URL must give cert and key .* begin with rediss/],
    [
      'rediss://:canary@host?cert=/missing/client.pem&key=/missing/client.key',
      /^REDIS_URL names a client certificate that cannot be used \(ENOENT: .*\); cert and key must be PEM files that belong together\.$/,
    ],
    ['__proto__://:canary@host', /^REDIS_URL must be redis:/],
    ['unix://relative/canary.sock', /^REDIS_URL must be redis:/],
    ['redis+cluster://:canary@a:7000/1', /^REDIS_URL must end with the last node/],
    ['redis+cluster://:canary@a:7000?db=1', /^REDIS_URL has an option/],
    ['redis+sentinel://:canary@a:26379', /^REDIS_URL must name the primary as its sentinels know it/],
    ['redis+sentinel://:canary@a:26379/', /^REDIS_URL must name the primary/],
    ['redis+sentinel://:canary@a:26379/main?db=x', /^REDIS_URL must give the database as a whole number/],
    [
      'redis+sentinel://a/main?sentinel_password=canary',
      /^REDIS_URL must not contain the password of the sentinels; REDIS_SENTINEL_PASSWORD is the variable for it\.$/,
    ],
  ])('%j is refused in a sentence', (url, sentence) => {
    const problems = problemsOf({ REDIS_URL: url });
    expect(problems).toEqual([expect.stringMatching(sentence)]);
    expect(problems.join()).not.toContain('canary');
  });

  it('takes the sentinels’ own password along', () => {
    for (const url of ['redis+sentinel://:a@s1,s2/main', 'redis+sentinel://:a@s1,s2/main?db=1']) {
      const address = parseRedisUrl(withSentinelPassword(url, 'p&ss?w=rd#'));
      expect(address).toMatchObject({ password: 'a', sentinelPassword: 'p&ss?w=rd#' });
    }
    expect(problemsOf({ REDIS_SENTINEL_PASSWORD: 'canary', REDIS_URL: 'redis://host' })).toEqual([
      'REDIS_SENTINEL_PASSWORD is set, but REDIS_URL names no sentinels. Set REDIS_URL to redis+sentinel://…, or unset the password.',
    ]);
  });
});
