import { describe, expect, it } from '@jest/globals';
import { keeperAmong } from '../../../chaos/embedded-redis.js';
import type { Process } from '../../../chaos/processes.js';

const dataDir = '/tmp/te-1/data';
const process = (pid: number, parent: number, ...command: string[]): Process => ({ pid, parent, command });
const redis = process(30, 20, `redis-server unixsocket:${dataDir}/redis.sock`);
const keeper = process(20, 10, '/usr/bin/node', '/app/dist/redis/embedded/redis-keeper.js', dataDir);
const ofAnother = [
  process(21, 11, '/usr/bin/node', '/app/dist/redis/embedded/redis-keeper.js', '/tmp/te-2/data'),
  process(31, 21, 'redis-server unixsocket:/tmp/te-2/data/redis.sock'),
];

describe('the keeper of an embedded Redis', () => {
  it('is the parent of that Redis', () => {
    expect(keeperAmong([...ofAnother, redis, keeper], dataDir)).toBe(keeper);
  });

  it('is found while there is no Redis', () => {
    expect(keeperAmong([...ofAnother, keeper], dataDir)).toBe(keeper);
  });

  it('is not the flock that runs it', () => {
    const flock = process(10, 1, '/usr/bin/flock', '-n', `${dataDir}/redis.lock`, ...keeper.command);
    expect(keeperAmong([flock, keeper], dataDir)).toBe(keeper);
  });

  it('is not a process that it has started with its own command line', () => {
    const watcher = process(25, 20, ...keeper.command);
    expect(keeperAmong([watcher, keeper], dataDir)).toBe(keeper);
  });

  it('is missing where there is none', () => {
    expect(keeperAmong(ofAnother, dataDir)).toBeUndefined();
  });
});
