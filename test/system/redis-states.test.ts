import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentOf, runCommand } from '../support/command-line.js';
import { type NetworkRedis, startNetworkRedis } from '../support/redis-network.js';
import { documentedRules } from '../support/redis-user.js';
import { forFile } from '../support/opened.js';
import { type Service, startService, until } from '../support/service.js';
import { expectService, readiness } from '../support/service-on-redis.js';
import { postTicket } from '../support/webhooks.js';

/** The whole service as a Redis user with few rights, on a Redis that cannot take a job for one reason after another. */

const user = 'enhancer';
const password = 'us/er p@ss';

let redis: NetworkRedis;
let service: Service;
let url: string;

const setUser = (...rules: string[]): Promise<unknown> => redis.admin.call('ACL', 'SETUSER', user, ...rules);

beforeAll(async () => {
  const slowly = ['--loading-process-events-interval-bytes', '1024', '--rdbcompression', 'no'];
  const settings = ['--enable-debug-command', 'yes', ...slowly];
  redis = await forFile(startNetworkRedis({ settings }), (opened) => opened.stop());
  await setUser('on', `>${password}`, ...documentedRules());
  url = `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${redis.port}`;
  service = await forFile(startService({ env: { REDIS_URL: url, LOG_LEVEL: 'warn' } }), (opened) => opened.destroy());
});

/** Nowhere is it green, and everywhere the same words are said. */
async function expectUnready(words: RegExp): Promise<void> {
  const logged = service.output().length;
  await until('a webhook is refused', async () => (await postTicket(service.webhooks)).status === 503);
  await until('/readyz says no', async () => (await readiness(service)).status === 503, 3000);
  await until(`/readyz says ${words}`, async () => words.test((await readiness(service)).text));
  const status = (await (await service.ask('/status')).json()) as { readiness: { ready: boolean; reasons: string[] } };
  expect(status.readiness).toMatchObject({ ready: false, reasons: [expect.stringMatching(words)] });
  await until('the log says why the webhook was refused', async () => {
    await postTicket(service.webhooks);
    const lines = service.output().slice(logged).split('\n');
    return lines.some((line) => line.includes('"msg":"rejected"') && words.test(line));
  });
  const { code, stdout } = await runCommand(['check'], environmentOf(service, { REDIS_URL: url }));
  expect(stdout).toMatch(new RegExp(`failed +redis .*(?:${words.source})`));
  expect(stdout).not.toMatch(/does not answer/);
  expect(code).not.toBe(0);
}

/** The commands in Redis' log of refusals, which people watch. Of each process that asks, one is there. */
async function expectRefusedCommands(commands: readonly string[]): Promise<void> {
  const log = (await redis.admin.call('ACL', 'LOG')) as (readonly unknown[])[];
  const entries = log.map((entry) => {
    const value = (name: string): unknown => entry[entry.indexOf(name) + 1];
    return { command: value('object'), count: value('count') };
  });
  expect(entries).toEqual(commands.map((command) => ({ command, count: 1 })));
}

describe('as a user without INFO and CONFIG, on the queue’s keys alone', () => {
  it('accepts and finishes jobs, is ready, and check finds nothing in the way', async () => {
    await expectService(service, 20_000);
    await expectRefusedCommands(['info']);
    const { code, stdout } = await runCommand(['check'], environmentOf(service, { REDIS_URL: url }));
    expect(stdout).toMatch(/ok +redis .*answers and accepts a job/);
    expect(stdout).toMatch(/ok +redis .*appendonly is not shown here/);
    expect(stdout).not.toContain(password);
    expect(stdout).not.toContain(encodeURIComponent(password));
    expect(code).toBe(0);
    expect(service.output()).not.toMatch(/NOPERM|ready check/);
  });

  it('names its connections, so that CLIENT LIST shows which process has each', async () => {
    const names = [...String(await redis.admin.client('LIST')).matchAll(/ name=(\S*) .* user=enhancer /g)];
    expect([...new Set(names.map(([, name]) => name))].sort()).toEqual([
      expect.stringMatching(/^enhancement:/), // BullMQ's own, of connections that wait for a job
      'ticket-enhancer',
      'ticket-enhancer:http:0',
      'ticket-enhancer:http:1',
      'ticket-enhancer:worker:0',
      'ticket-enhancer:worker:1',
    ]);
  });
});

interface State {
  readonly name: string;
  readonly words: RegExp;
  begin(): Promise<() => Promise<unknown>>;
}

/** A folder where the dump should go lets each save fail. */
async function failSaves(): Promise<() => Promise<unknown>> {
  const [, folder = ''] = await redis.admin.config('GET', 'dir');
  const dump = join(folder, 'dump.rdb');
  await mkdir(dump);
  await writeFile(join(dump, 'in-the-way'), '');
  await redis.admin.config('SET', 'save', '3600 1');
  await redis.admin.set('changed', '1');
  await redis.admin.bgsave();
  await until('the save failed', async () => /rdb_last_bgsave_status:err/.test(await redis.admin.info('persistence')));
  return async () => {
    await rm(dump, { recursive: true });
    await redis.admin.config('SET', 'save', '');
  };
}

/** Reads its data in again, slowly. */
async function load(): Promise<() => Promise<unknown>> {
  const filler = 'x'.repeat(2048);
  for (let i = 0; i < 1000; i++) await redis.admin.set(`filler:${i}`, filler);
  await redis.admin.config('SET', 'key-load-delay', '50000');
  const other = redis.admin.duplicate();
  const reloaded = other.debug('RELOAD');
  await until('it loads', async () =>
    redis.admin.get('x').then(
      () => false,
      () => true,
    ),
  );
  return async () => {
    await redis.admin.config('SET', 'key-load-delay', '0');
    await reloaded;
    other.disconnect();
  };
}

const set = (name: string, value: string, before: string) => async () => {
  await redis.admin.config('SET', name, value);
  return () => redis.admin.config('SET', name, before);
};

const states: readonly State[] = [
  { name: 'out of memory', words: /OOM command not allowed/, begin: set('maxmemory', '1', '0') },
  {
    name: 'without its replicas',
    words: /NOREPLICAS Not enough good replicas/,
    begin: set('min-replicas-to-write', '1', '0'),
  },
  { name: 'not able to save', words: /MISCONF Redis is configured to save/, begin: failSaves },
  {
    name: 'demoted to a replica',
    words: /READONLY You can't write against a read only replica/,
    async begin() {
      await redis.admin.replicaof('127.0.0.1', 1);
      return () => redis.admin.replicaof('NO', 'ONE');
    },
  },
  {
    name: 'a replica without its primary that gives no old data',
    // The checks of the connections are writes, which are refused as such.
    words: /MASTERDOWN Link with MASTER is down|READONLY You can't write/,
    async begin() {
      await redis.admin.config('SET', 'replica-serve-stale-data', 'no');
      await redis.admin.replicaof('127.0.0.1', 1);
      return async () => {
        await redis.admin.replicaof('NO', 'ONE');
        await redis.admin.config('SET', 'replica-serve-stale-data', 'yes');
      };
    },
  },
  {
    name: 'with another password than it had',
    words: /WRONGPASS invalid username-password pair/,
    async begin() {
      await setUser('resetpass', '>another');
      await redis.admin.client('KILL', 'USER', user);
      return () => setUser('resetpass', `>${password}`);
    },
  },
  {
    name: 'without a right that a job needs',
    words: /user executing the script can't run this command|no permissions to run the 'zadd' command/,
    async begin() {
      await setUser('-zadd');
      return () => setUser('+zadd');
    },
  },
  { name: 'reading its data in', words: /LOADING Redis is loading the dataset in memory/, begin: load },
  {
    name: 'frozen',
    words: /it gives no answer/,
    async begin() {
      process.kill(redis.pid, 'SIGSTOP');
      return async () => process.kill(redis.pid, 'SIGCONT');
    },
  },
];

describe('a Redis that is', () => {
  it.each(states)(
    '$name: 503, unready within 3 s in its own words everywhere, and back within 5 s',
    async ({ words, begin }) => {
      const undo = await begin();
      try {
        await expectUnready(words);
      } finally {
        await undo();
      }
      await expectService(service);
    },
    90_000,
  );
});

describe('a Redis that closes idle connections', () => {
  it('costs no webhook and no job', async () => {
    await redis.admin.config('SET', 'timeout', '2');
    try {
      const others = async () =>
        String(await redis.admin.client('LIST'))
          .split('\n')
          .filter((line) => line.includes(user));
      const before = await others();
      await sleep(6000); // what is tried is that nothing happens in this time
      const idOf = (line: string) => /^id=(\d+)/.exec(line)?.[1];
      const after = new Set((await others()).map(idOf));
      expect(before.map(idOf).filter((id) => !after.has(id))).toEqual([]);
      expect((await postTicket(service.webhooks)).status).toBe(202);
    } finally {
      await redis.admin.config('SET', 'timeout', '0');
    }
    await expectService(service);
  });
});

describe('a worker whose wait for a job is ended by the server', () => {
  it('waits again, on a connection of its own', async () => {
    const list = String(await redis.admin.client('LIST'));
    const blocked = [...list.matchAll(/^id=(\d+) .* cmd=bzpopmin /gm)].map(([, id = '']) => id);
    expect(blocked.length).toBeGreaterThan(0);
    for (const id of blocked) await redis.admin.call('CLIENT', 'UNBLOCK', id, 'ERROR');
    await expectService(service);
  });
});

describe('as a user that may use the keys of the queue and no others', () => {
  it('is unready within 3 s while every webhook is answered 503, though the primary’s write is taken', async () => {
    await setUser('resetkeys', '~enhancement:queue:*');
    await until('a webhook is refused', async () => (await postTicket(service.webhooks)).status === 503);
    const sinceMs = performance.now();
    const refused = async (): Promise<number> => {
      expect((await postTicket(service.webhooks)).status).toBe(503);
      return (await readiness(service)).status;
    };
    await until('/readyz says no', async () => (await refused()) === 503, 3000);
    expect(performance.now() - sinceMs).toBeLessThan(3000);
    expect(await readiness(service)).toMatchObject({ text: expect.stringMatching(/^All webhooks are answered 503/) });
    await setUser('resetkeys', ...documentedRules());
    await expectService(service);
  });
});
