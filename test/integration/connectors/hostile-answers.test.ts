import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createServer } from 'node:http';
import { createServiceDeskPlus } from '../../../src/connectors/desks/servicedesk-plus/notes.js';
import { createChatCompletions, listModels } from '../../../src/connectors/index.js';
import { EnhancementError, type Excerpt } from '../../../src/enhancement/index.js';
import { modelNote } from '../../../src/enhancement/model-synthesis.js';
import { renderNote } from '../../../src/enhancement/note.js';
import { createLogger } from '../../../src/logging/logger.js';
import { blockedMs } from '../../support/blocked-loop.js';
import {
  completionOpenings,
  contentOpenings,
  deskOpenings,
  type HostileAnswer,
  hostileAnswers,
  textOf,
} from '../../support/hostile-answers.js';
import { listenOnFreePort } from '../../support/http-server.js';
import { startLlmServer } from '../../support/llm-server.js';
import { redisOfFile } from '../../support/of-file.js';
import { openDesk } from '../../support/of-test.js';
import { afterFile, forTest } from '../../support/opened.js';
import { articleOf, ticketOf } from '../../support/tickets.js';
import { contextFolder, deskTenant, readable, startWorker, tenantsOf, ticketJob } from '../../support/worker.js';

/** What no answer may do, whatever its form and up to its size bound: hold up the loop, or fail without a code. */

/** The contract: no answer of a desk or model blocks a loop for longer. */
const boundMs = 50;
const deskBytes = 2 * 1024 * 1024;
const modelBytes = 1024 * 1024;

const ticket = ticketOf({ description: 'The tunnel drops every hour and reconnects. '.repeat(140) });
/** As long as a tenant's own may be: the prompt has 26,000 characters. */
const english = (characters: number): string =>
  Array.from({ length: characters / 40 }, (_, i) => `word${i % 700} tunnel drops rekey interval client`)
    .join(' ')
    .slice(0, characters);
const article = (id: string): Excerpt =>
  articleOf({
    id,
    title: 'VPN',
    quote: english(600),
    background: `${english(2800)} See https://wiki.acme.example/vpn for the rekey interval.`,
  });
const asset = (id: string): Excerpt => ({
  ...article(id),
  source: 'inventory',
  quote: english(10_000),
  background: english(10_000),
});
const excerpts = [...['k1', 'k2', 'k3', 'k4'].map(article), ...['a1', 'a2', 'a3'].map(asset)];
const marker = 'ticket-enhancer#d1';
const signal = new AbortController().signal;
const log = createLogger({ level: 'debug', role: 'worker', slot: 0, destination: { write: () => undefined } });

/** Answers everything with the same bytes. */
let answer = { status: 200, body: Buffer.alloc(0) };
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body);
  });
});
let baseUrl: string;
beforeAll(async () => {
  const { port, close } = await listenOnFreePort(server);
  afterFile(close);
  baseUrl = `http://127.0.0.1:${port}`;
});

/** Takes the answer as the service does, its failure to the log. */
async function taken(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ err: error }, 'attempt failed');
    expect(error).toBeInstanceOf(EnhancementError);
  }
}

const notHeldUpBy = async (work: () => Promise<unknown>): Promise<void> => {
  expect(await blockedMs(boundMs, () => taken(work))).toBeLessThanOrEqual(boundMs);
};

const desk = () =>
  createServiceDeskPlus({
    baseUrl,
    deployment: 'on-premises',
    credential: readable('secret'),
    allowPrivateNetwork: true,
  });
const model = () => createChatCompletions({ baseUrl, model: 'test', timeoutMs: 20_000, maxOutputTokens: 4096 });
const writeNote = async () => {
  const observer = { tokensUsed: () => undefined, answerRepaired: () => undefined };
  const note = await modelNote(
    { ticket, context: { excerpts, failed: [] }, language: 'en', model: model(), observer },
    signal,
  );
  renderNote(note, { correlationId: 'c', marker, maxWords: 500 });
};
const noteToPost = {
  mode: 'llm',
  html: '<p>x</p>',
  text: 'x',
  citations: [],
  wiki: '',
  marker,
  correlationId: 'c',
} as const;

/** Cites all sources, as each step may. */
const longStep = `${JSON.stringify({ text: english(1990), sources: ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7'] })},`;

const statuses = fc.constantFrom(200, 200, 200, 400);

describe('no answer holds up the loop for 50 ms, nor fails without a code', () => {
  it('of a desk that is asked for a ticket’s notes, or given one', async () => {
    const examples: [HostileAnswer, number, boolean][] = [
      [{ opening: '{"response_status":{"status":"success"},"notes":[', unit: '1,', closing: '1]}' }, 200, true],
      [{ opening: '{"response_status":[', unit: '1,', closing: '1]}' }, 400, false],
      [{ opening: '[', unit: `${'['.repeat(30)}${']'.repeat(30)},`, closing: '1]' }, 200, true],
      [{ opening: '[', unit: '{"a#":1,"b#":2,"c#":3},', closing: '1]' }, 200, false],
      [{ opening: '{"response_status":{"status":"success"},"notes":[{"id":"', unit: 'x', closing: '"}]}' }, 200, true],
    ];
    await fc.assert(
      fc.asyncProperty(hostileAnswers(deskOpenings), statuses, fc.boolean(), async (hostile, status, asked) => {
        answer = { status, body: Buffer.from(textOf(hostile, deskBytes)) };
        await notHeldUpBy(() =>
          asked
            ? desk().hasNote(ticket, marker, signal)
            : desk().addNote(ticket, noteToPost, Number.POSITIVE_INFINITY, signal),
        );
      }),
      { numRuns: 60, examples },
    );
  });

  it('of a model’s endpoint', async () => {
    const examples: [HostileAnswer, number, boolean][] = [
      [{ opening: '{"choices":[', unit: '1,', closing: '1]}' }, 200, true],
      [{ opening: '{"choices":[{"message":{"content":"","refusal":"', unit: 'a ', closing: '"}}]}' }, 200, true],
      [{ opening: '{"error":{"message":"', unit: '中', closing: '"}}' }, 400, true],
      [{ opening: '{"data":[', unit: '{"id":"#"},', closing: '{}]}' }, 200, false],
    ];
    await fc.assert(
      fc.asyncProperty(hostileAnswers(completionOpenings), statuses, fc.boolean(), async (hostile, status, asked) => {
        answer = { status, body: Buffer.from(textOf(hostile, modelBytes)) };
        await notHeldUpBy(
          asked ? writeNote : () => listModels({ baseUrl, apiKey: undefined, timeoutMs: 20_000 }, signal),
        );
      }),
      { numRuns: 40, examples },
    );
  });

  it('of a model, in the content of an answer', async () => {
    const examples: [HostileAnswer, number][] = [
      [{ opening: '```json\n', unit: '\n', closing: 'x' }, 60_000],
      [{ opening: '{"summary":"x","steps":[', unit: '1,', closing: '1]}' }, 60_000],
      [{ opening: '{"summary":"', unit: 'a.', closing: '"}' }, 4000],
      [{ opening: '{"summary":"', unit: '中', closing: '"}]}' }, 60_000],
      [{ opening: '"{\\"summary\\":\\"', unit: '\\"', closing: '"}]}' }, 60_000],
      [{ opening: `${'{"a":'.repeat(12)}[`, unit: '[],', closing: '' }, 65_000],
      [{ opening: '{"summary":"x","steps":[', unit: longStep, closing: '""]}' }, 60_000],
    ];
    await fc.assert(
      fc.asyncProperty(
        hostileAnswers(contentOpenings),
        fc.constantFrom(2000, 4000, 60_000, 400_000),
        async (hostile, bytes) => {
          const choices = [{ message: { content: textOf(hostile, bytes) } }];
          answer = { status: 200, body: Buffer.from(JSON.stringify({ choices })) };
          await notHeldUpBy(writeNote);
        },
      ),
      { numRuns: 100, examples },
    );
  });
});

describe('a worker whose desk and model answer with the worst', () => {
  const redis = redisOfFile();
  let ticketIds = 0;
  const nextTicketId = (): string => `T${++ticketIds}`;

  const worst: [string, HostileAnswer][] = [
    ['a list of the wrong things', { opening: '{"choices":[', unit: '1,', closing: '1]}' }],
    ['a fence and line ends', { opening: '{"choices":[{"message":{"content":"```\\n', unit: '\\n', closing: 'x"}}]}' }],
    ['deep lists', { opening: '[', unit: `${'['.repeat(30)}${']'.repeat(30)},`, closing: '1]' }],
    ['distinct keys', { opening: '{', unit: '"#":1,', closing: '"x":1}' }],
    ['invisible text', { opening: '{"choices":[{"message":{"content":"', unit: '\\u200b', closing: '"}}]}' }],
  ];

  it.each(worst)('writes the fallback after %s, and is not held up', async (_, hostile) => {
    const llm = await forTest(startLlmServer('sk-test-key-12345678'), (opened) => opened.close());
    const deskServer = await openDesk();
    const config = { llmBaseUrl: llm.baseUrl, llmApiKey: 'sk-test-key-12345678', llmModel: 'test' };
    const folder = await contextFolder({
      'vpn.md': '# VPN drops every hour\n\nRaise the rekey interval of the VPN.\n',
    });
    const acme = deskTenant(deskServer, { knowledge: { path: folder.path('') } });
    const running = await startWorker(redis, tenantsOf(acme), config);
    llm.behave({ kind: 'body', body: textOf(hostile, modelBytes) });
    const longest = await blockedMs(boundMs, () => running.run(ticketJob({ ticketId: nextTicketId() })));
    expect(longest).toBeLessThanOrEqual(boundMs);
    expect(running.events.synthesized.at(-1)).toEqual({ tenantId: 'acme', mode: 'fallback' });
    expect(deskServer.notes(`T${ticketIds}`)).toHaveLength(1);
  });

  it('defers its job with a code after a list of a million wrong notes, and serves the next one', async () => {
    const deskServer = await openDesk();
    const running = await startWorker(redis, tenantsOf(deskTenant(deskServer)));
    const opening = '{"response_status":{"status":"success"},"notes":[';
    const body = textOf({ opening, unit: '1,', closing: '1]}' }, deskBytes);
    const longest = await blockedMs(boundMs, async () => {
      deskServer.failNext([{ kind: 'garbage', body }], 'GET');
      const jobId = await running.add(ticketJob({ ticketId: nextTicketId() }));
      await running.ended(jobId, ['delayed']);
    });
    expect(longest).toBeLessThanOrEqual(boundMs);
    const deferred = running.logLines.filter(({ msg }) => msg === 'job deferred');
    expect(deferred.length).toBeGreaterThan(0);
    for (const { err } of deferred)
      expect(err).toMatchObject({ code: 'DESK_ANSWER_INVALID', message: expect.stringMatching(/^.{1,300}$/) });
    await running.run(ticketJob({ ticketId: 'NEXT' }));
    expect(deskServer.notes('NEXT')).toHaveLength(1);
  });
});
