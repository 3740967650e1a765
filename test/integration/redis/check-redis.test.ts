import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { redisCheck } from '../../../src/cli/checks/redis.js';
import { loadConfig } from '../../../src/config/config.js';
import { redisOfFile } from '../../support/of-file.js';
import { temporaryFolder } from '../../support/opened.js';

const redis = redisOfFile();

afterEach(() => {
  jest.restoreAllMocks();
});

const found = async (env: Record<string, string>) => redisCheck(loadConfig(env)).run(AbortSignal.timeout(10_000));

const aheadOfRedis = (seconds: number) => {
  const now = Date.now;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + seconds * 1000);
};

describe('the check of Redis', () => {
  it('compares the clocks', async () => {
    aheadOfRedis(100);
    expect(await found({ REDIS_URL: redis.url })).toContainEqual(
      expect.objectContaining({ level: 'warning', text: expect.stringMatching(/10\d s ahead of that of Redis/) }),
    );
  });

  it('leaves the clocks out for a user without the right to TIME', async () => {
    await redis.client.call('ACL', 'SETUSER', 'default', '-time');
    aheadOfRedis(100);
    const findings = await found({ REDIS_URL: redis.url });
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'ok', text: expect.stringMatching(/accepts a job$/) }),
    );
    expect(findings.filter(({ level }) => level === 'failed')).toEqual([]);
    expect(JSON.stringify(findings)).not.toContain('clock of this machine');
  });

  it('says of DATA_DIR that it can be written', async () => {
    const folder = temporaryFolder();
    const findings = await found({ DATA_DIR: folder });
    expect(findings).toContainEqual({ subject: 'redis', level: 'ok', text: `DATA_DIR ${folder} can be written` });
  });
});
