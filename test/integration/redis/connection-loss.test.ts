import { beforeAll, expect, it, jest } from '@jest/globals';
import { createServer } from 'node:net';
import { failFastConnection, patientConnection, type RedisClient } from '../../../src/redis/connection.js';
import { watchConnectionLoss } from '../../../src/redis/connection-loss.js';
import { wordsOf } from '../../../src/redis/redis-errors.js';
import { listenOnFreePort } from '../../support/http-server.js';
import { redisOfFile } from '../../support/of-file.js';
import { afterFile, afterTest } from '../../support/opened.js';
import { until } from '../../support/service.js';

const redis = redisOfFile();
let worker: RedisClient;
beforeAll(() => {
  worker = patientConnection(redis.url);
  afterFile(() => worker.disconnect());
});

it('is told in the words of a Redis that takes no more clients, each reason once, and once more when it is over', async () => {
  const operator = redis.client;
  const told: (string | undefined)[] = [];
  const id = await worker.client('ID');
  const stop = watchConnectionLoss([worker], { everyMs: 200, onChange: (problem) => told.push(problem) });
  await operator.config('SET', 'maxclients', '1');
  await operator.client('KILL', 'ID', id);
  await until('the loss is told', () => told.length > 0);
  // Enough attempts that the refusal is read as each of its forms, and that some connection is ready for a moment.
  await refusals(10);
  const [first, ...rest] = told;
  // A connection that is killed has no words until the first refusal has been read.
  expect(first).toMatch(/^it closed the connection|^there is no connection to it|max number of clients/);
  expect(rest.length).toBeLessThanOrEqual(1);
  for (const words of rest) expect(words).toMatch(/max number of clients/);
  await operator.config('SET', 'maxclients', '100');
  await until('the return is told', () => told.at(-1) === undefined);
  stop();
});

it('is told in the words of a server that says why only to a client that sends nothing', async () => {
  const server = createServer((socket) => {
    // A command that arrives in the moment of the close resets the connection, and the words are lost.
    socket.on('error', () => undefined).once('data', () => socket.resetAndDestroy());
    setTimeout(() => socket.end('-ERR max number of clients reached\r\n'), 20);
  });
  const { port, close } = await listenOnFreePort(server);
  afterTest(close);
  const client = patientConnection(`redis://127.0.0.1:${port}`);
  afterTest(() => client.disconnect());
  await until('the words are heard', () => /^ERR max number of clients reached$/.test(wordsOf(client)));
});

it.each([
  ['a fail-fast', failFastConnection],
  ['a patient', patientConnection],
])('%s connection knows why a Redis in protected mode refuses it', async (_kind, connect) => {
  let connections = 0;
  // The words hold those by which ioredis knows an answer to a needless password.
  const denied = 'DENIED Redis is running in protected mode because protected mode is enabled and no password is set';
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined).end(`-${denied} for the default user.\r\n`);
  });
  const { port, close } = await listenOnFreePort(server);
  afterTest(close);
  const warnings = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  afterTest(() => warnings.mockRestore());
  const client = connect(`redis://127.0.0.1:${port}`);
  afterTest(() => client.disconnect());
  await until('it has tried some times', () => connections >= 5);
  expect(wordsOf(client)).toMatch(new RegExp(`^${denied}`));
});

/** Resolves after the worker's connection was refused so often. */
function refusals(count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    worker.on('close', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
}
