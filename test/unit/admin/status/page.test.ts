import { describe, expect, it } from '@jest/globals';
import { html } from '../../../../src/admin/status/browser/html.js';
import { statusPage } from '../../../../src/admin/status/page.js';
import { type Status, statusSchema } from '../../../../src/primary/status.js';

const requests = { received: 9, queued: 8, rejected: 1, success: 6, failure: 2, pending: 0 };

function status(fields: Partial<Status> = {}): Status {
  return statusSchema.parse({
    asOf: '2026-11-25T01:00:00.000Z',
    version: '1.2.3',
    pid: 1,
    uptimeSeconds: 60,
    state: 'ready',
    reasons: [],
    readiness: { ready: true, state: 'ready', reasons: [] },
    children: [{ role: 'http', slot: 0, pid: 2, state: 'ready', uptime: 60, restarts: 0, configuration: '3f2a91c0' }],
    queue: {
      depth: 3,
      counts: { waiting: 1, prioritized: 1, delayed: 1, active: 0, failed: 0 },
      oldestJobAgeSeconds: 2,
      isPaused: false,
    },
    depthHistory: [
      [1_795_568_390, 1],
      [1_795_568_395, null],
      [1_795_568_400, 3],
    ],
    failedJobs: [],
    deferred: { groups: [], isLowerBound: false },
    objectives: { successPercent: 99, latencyPercent: 95, latencySeconds: 60 },
    tenants: [{ id: 'acme', name: 'Acme', active: true, requests, successRate: 75 }],
    latestNotes: null,
    queuePage: false,
    configuration: {},
    ...fields,
  });
}

describe('the page', () => {
  it('keeps no more than a few words on one line, which a phone has room for', () => {
    const page = statusPage(status({ queue: null, state: 'unready' }), 'a/');
    const marks = page.matchAll(/<span class="state [a-z]+"><span[^>]*>.<\/span> (.*?)<\/span>/g);
    const words = [...marks].map(([, word = '']) => word);
    expect(words).toContain('Redis cannot be read');
    expect(words.filter(({ length }) => length > 24)).toEqual([]);
  });

  const evil = `<script>alert("x")</script>&'`;
  it('escapes everything that comes from outside', () => {
    const job = {
      id: evil,
      tenantId: evil,
      ticketId: evil,
      reason: evil,
      attempts: 1,
      finishedAt: '2026-11-25T01:00:00Z',
    };
    const note = {
      tenantId: evil,
      ticketId: evil,
      subject: evil,
      createdAt: evil,
      correlationId: evil,
      mode: 'llm',
    } as const;
    const at = '2026-11-25T01:00:00.000Z';
    const group = { tenantId: evil, reason: evil, jobs: 1, since: at, nextAt: at, message: evil };
    const page = statusPage(
      status({
        version: evil,
        state: 'unready',
        reasons: [{ reason: 'redis_not_writable', severity: 'unready', message: evil }],
        failedJobs: [job],
        deferred: { groups: [group], isLowerBound: true },
        models: {
          notes: { llm: 1, extractive: 0, fallback: 1, none: 0 },
          refusals: [{ model: evil, parameter: evil, count: 1 }],
          repairs: [{ model: evil, outcome: evil, count: 1 }],
          lastFailure: { tenantId: evil, model: evil, message: evil, at },
        },
        latestNotes: [note],
        tenants: [{ id: evil, name: evil, active: true, requests }],
        configuration: { [evil]: evil },
      }),
      'a/',
    );
    expect(page).not.toContain('alert("x")');
    expect(page.match(/&#60;script&#62;alert/g)?.length).toBeGreaterThan(10);
    expect(page.match(/<script/g)).toHaveLength(2);
  });

  it('tells notes apart that have one correlation id, which a desk may send with several tickets', () => {
    const note = {
      subject: 'VPN',
      mode: 'extractive',
      createdAt: '2026-11-25T01:00:00.000Z',
      correlationId: 'one',
    } as const;
    const notes = ['acme', 'globex'].map((tenantId) => ({ ...note, tenantId, ticketId: '1' }));
    const keys = statusPage(status({ latestNotes: notes }), 'a/').match(/data-key="[^"]*2026[^"]*"/g);
    expect(new Set(keys).size).toBe(2);
  });

  it('holds no script and no style inside itself, so that none has to be allowed', () => {
    const page = statusPage(status(), 'a/');
    expect(page).not.toMatch(/ style=| on\w+=|<style|<script(?![^>]* src=)/);
  });

  it('shows shares of modes, refusals, repairs and the last failure of language models', () => {
    const at = '2026-11-25T01:00:00.000Z';
    const page = statusPage(
      status({
        models: {
          notes: { llm: 3, extractive: 0, fallback: 1, none: 0 },
          refusals: [{ model: 'gpt-5-mini', parameter: 'temperature', count: 2 }],
          repairs: [{ model: 'gpt-5-mini', outcome: 'failed', count: 1 }],
          lastFailure: { tenantId: 'acme', model: 'gpt-5-mini', message: 'model not found', at },
        },
      }),
      'a/',
    );
    for (const text of [
      '3 (75 %)',
      '1 (25 %)',
      'refused temperature',
      'repair of an answer: failed',
      'model not found',
    ])
      expect(page).toContain(text);
    expect(statusPage(status(), 'a/')).not.toContain('Language models');
  });

  it('says states by words, and what is not known by a dash', () => {
    const page = statusPage(status({ queue: null }), 'a/');
    expect(page).toContain('Redis cannot be read');
    expect(page).toMatch(/75 %.*below 99 %/);
    expect(page).not.toContain('undefined');
    expect(page).not.toContain('Latest notes');
    expect(page).not.toContain('No job has failed');
    expect(statusPage(status({ queue: null, latestNotes: [] }), 'a/')).not.toContain('No note has been written');
  });

  it('begins with the state, by shape and word, and its reasons in their order', () => {
    const reasons = [
      { reason: 'redis_not_writable', severity: 'unready', message: 'Redis takes no write.' },
      { reason: 'child_missing', severity: 'degraded', message: 'worker 1 is missing.' },
    ] as const;
    const page = statusPage(status({ state: 'unready', reasons }), 'a/');
    expect(page).toContain('<title>▲ Not ready · ticket-enhancer</title>');
    const text = page
      .slice(page.indexOf('<main'))
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    expect(text).toMatch(
      /^ ▲ Not ready Webhooks are refused, or no note is written\. ▲ Not ready Redis takes no write\. redis_not_writable ◐ Degraded worker 1 is missing\. child_missing Overview/,
    );
    expect(statusPage(status({ state: 'degraded', reasons: reasons.slice(1) }), 'a/')).toContain(
      '<title>◐ Degraded · ticket-enhancer</title>',
    );
    expect(statusPage(status(), 'a/')).toContain('<title>● Ready · ticket-enhancer</title>');
  });

  it('shows the configuration by the variables that set it', () => {
    const page = statusPage(status({ configuration: { CHILD_HUNG_MS: 30_000 } }), 'a/');
    expect(page).toMatch(/<code>CHILD_HUNG_MS<\/code>.*30000/);
  });

  it('breaks the line where the queue could not be read', () => {
    expect(statusPage(status(), 'a/').match(/<polyline/g)).toHaveLength(2);
  });
});

it('writes HTML as it is and everything else escaped', () => {
  expect(html`<b>${html`<i>${'<'}</i>`}${['&', undefined, false, 0]}</b>`.text).toBe('<b><i>&#60;</i>&#38;0</b>');
});
