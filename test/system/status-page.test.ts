import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openPage, startBrowser, type WatchedPage } from '../support/browser.js';
import { startDeskServer } from '../support/desk-server.js';
import { type Exposition, valueOf } from '../support/exposition.js';
import { openService } from '../support/of-test.js';
import { afterFile, forFile, temporaryFolder } from '../support/opened.js';
import { oneEach, type Service, startService, until } from '../support/service.js';
import { deskCredential, serviceDeskAt, writeTenants } from '../support/tenants-files.js';
import { postTicket } from '../support/webhooks.js';

/** The status page and the queue page as people see them: the real service in a real browser. */

const adminToken = 'a-token-for-the-queue';
const subject = `<img src=x onerror="document.title='run'"> & 'quoted' printer`;

let service: Service;
let browser: Browser;

beforeAll(async () => {
  const desk = await forFile(startDeskServer({ credential: deskCredential }), (opened) => opened.close());
  // It knows one of two tickets, so that there is a failed job to look at.
  desk.setTickets(['KNOWN']);
  const tenants = { acme: {}, globex: {}, initech: { desk: serviceDeskAt(desk.baseUrl) } };
  const env = { ...writeTenants(temporaryFolder(afterFile), tenants), ADMIN_TOKEN: adminToken, JOB_ATTEMPTS: '1' };
  service = await forFile(startService({ env }), (opened) => opened.destroy());
  browser = await forFile(startBrowser(), (opened) => opened.close());
  const tickets = [
    ...Array.from({ length: 6 }, () => ({ tenant_id: 'acme' })),
    ...Array.from({ length: 3 }, () => ({ tenant_id: 'globex', subject: 'Shared mailbox is full' })),
    { tenant_id: 'acme', subject },
    { tenant_id: 'initech' },
    { tenant_id: 'initech', ticket_id: 'KNOWN' },
  ];
  for (const fields of tickets) expect((await postTicket(service.webhooks, fields)).status).toBe(202);
  expect((await postTicket(service.webhooks, { tenant_id: 'acme', ticket_id: 'a:b' })).status).toBe(422);
  await until('all jobs have ended', async () => {
    const scrape = await service.scrape();
    return (
      count(scrape, 'acme', 'success') === 7 &&
      count(scrape, 'globex', 'success') === 3 &&
      count(scrape, 'initech', 'success') === 1 &&
      count(scrape, 'initech', 'failure') === 1
    );
  });
});

function count(scrape: Exposition, tenant_id: string, status: string): number {
  return valueOf(scrape, 'enhancement_requests_total', { tenant_id, status }) ?? 0;
}

/** Opens the page and waits until it is live. */
async function openLive(options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const opened = await openPage(browser, `${service.metrics}/`, options);
  await opened.page.locator('html[data-live="yes"]').waitFor({ state: 'attached' });
  return opened;
}

/** The words of a row of a table, by its columns' names. */
function row(page: Page, table: string, key: string): Promise<Record<string, string>> {
  return page.locator(`#${table} tr[data-key="${key}"]`).evaluate((element) => {
    const names = [...(element.closest('table')?.querySelectorAll('thead th') ?? [])].map((head) => head.textContent);
    return Object.fromEntries([...element.children].map((cell, i) => [names[i], (cell.textContent ?? '').trim()]));
  });
}

/** Prometheus' histogram_quantile over the scrape's own buckets, in milliseconds as the page writes them. */
function quantileMs(scrape: Exposition, q: number, tenant_id: string): number {
  const buckets = scrape.samples
    .filter(
      ({ name, labels }) =>
        name === 'enhancement_duration_seconds_bucket' &&
        labels['tenant_id'] === tenant_id &&
        labels['status'] === 'success',
    )
    .map(({ labels, value }) => ({
      bound: labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']),
      value,
    }))
    .sort((a, b) => a.bound - b.bound);
  const rank = q * (buckets.at(-1)?.value ?? 0);
  const at = buckets.findIndex(({ value }) => value >= rank);
  const [below, bucket] = [buckets[at - 1] ?? { bound: 0, value: 0 }, buckets[at]];
  if (bucket === undefined) throw new Error(`${tenant_id} has no durations`);
  return 1000 * (below.bound + (bucket.bound - below.bound) * ((rank - below.value) / (bucket.value - below.value)));
}

function milliseconds(text: string | undefined): number {
  const [, value, unit] = /^([\d.]+) (ms|s)$/.exec(text?.replace('▲ ', '') ?? '') ?? [];
  if (value === undefined) throw new Error(`not a duration: ${text}`);
  return Number(value) * (unit === 's' ? 1000 : 1);
}

describe('the status page', () => {
  it('shows the figures of /metrics, without a complaint, and asks nobody else', async () => {
    const { page, complaints, close } = await openLive();
    const scrape = await service.scrape();
    for (const tenant of ['acme', 'globex', 'initech']) {
      const shown = await row(page, 'tenant-figures', tenant);
      const columns = {
        Received: 'received',
        Queued: 'queued',
        Rejected: 'rejected',
        Success: 'success',
        Failure: 'failure',
        Retries: 'pending',
      };
      for (const [column, status] of Object.entries(columns))
        expect([tenant, column, Number(shown[column])]).toEqual([tenant, column, count(scrape, tenant, status)]);
      const rate = valueOf(scrape, 'enhancement_success_rate', { tenant_id: tenant });
      expect(shown['Success rate']).toContain(`${rate} %`);
      if (tenant === 'initech') expect(shown['Success rate']).toContain('below 99 %');
      for (const q of [0.5, 0.95, 0.99]) {
        const [given, expected] = [milliseconds(shown[`p${q * 100}`]), quantileMs(scrape, q, tenant)];
        expect(Math.abs(given - expected) / expected).toBeLessThan(0.05); // it is written with two digits at least
      }
    }
    for (const child of await service.children()) {
      const shown = await row(page, 'child-processes', `${child.role} ${child.slot}`);
      expect(shown).toMatchObject({ Pid: String(child.pid), State: '● ready', Restarts: '0', 'Last restart': 'none' });
      expect(shown['Memory']).toMatch(/^\d+ MiB$/);
      expect(shown['Loop lag p99']).toMatch(/^[\d.]+ m?s$/);
    }
    // Of Redis it shows what was there up to a second ago.
    await page.locator('#failed-jobs tbody tr', { hasText: 'initech' }).waitFor();
    await page.locator('#queue-jobs td[data-column="Active"]', { hasText: '0' }).waitFor();
    expect(await row(page, 'queue-jobs', 'jobs')).toMatchObject({ Failed: '1', Active: '0' });
    expect(await page.locator('#tile-depth .figure').textContent()).toBe(String(valueOf(scrape, 'queue_depth')));
    // A subject is text, whatever it looks like.
    expect(await page.locator('#latest-notes tbody').textContent()).toContain(subject);
    expect(await page.title()).toBe('● Ready · ticket-enhancer');
    expect(await page.locator('#chart-depth canvas, #chart-rates canvas').count()).toBe(2);
    expect(await page.locator('.u-legend').textContent()).toContain('received');
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows a child that was killed as restarted, and new tickets, without being loaded again', async () => {
    const { page, complaints, close } = await openLive();
    await page.evaluate(() => document.body.setAttribute('data-same-page', 'yes'));
    await page.locator('details summary').click();
    const victim = (await service.children()).find(({ role, slot }) => role === 'worker' && slot === 1);
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    const line = page.locator('#child-processes tr[data-key="worker 1"]');
    await line.filter({ hasText: 'crash' }).filter({ hasText: '● ready' }).waitFor();
    const shown = await row(page, 'child-processes', 'worker 1');
    expect(shown).toMatchObject({ Restarts: '1', 'Last restart': expect.stringContaining('signal SIGKILL') });
    expect(shown['Pid']).not.toBe(String(victim?.pid));
    await postTicket(service.webhooks, { tenant_id: 'globex', subject: 'Web server answers 502' });
    await page.locator('#latest-notes', { hasText: 'Web server answers 502' }).waitFor();
    // What the reader opened stays open.
    expect(await page.locator('details').getAttribute('open')).not.toBeNull();
    expect(await page.locator('body').getAttribute('data-same-page')).toBe('yes');
    expect(complaints).toEqual([]);
    await close();
  });

  it.each(['light', 'dark'] as const)(
    'begins with the state, and changes it in place, tab included: %s',
    async (colorScheme) => {
      const { page, complaints, close } = await openLive({ colorScheme });
      const headline = page.locator('main h2').first();
      expect(await headline.textContent()).toBe('● Ready');
      const stopped = (await service.children()).find(({ role, slot }) => role === 'worker' && slot === 0);
      process.kill(stopped?.pid ?? 0, 'SIGSTOP');
      try {
        await page.locator('main h2', { hasText: '◐ Degraded' }).waitFor();
        const reason = page.locator('#reasons li');
        expect(await reason.textContent()).toMatch(
          /^◐ Degraded Children are missing: worker 0 is stale since .* child_missing$/,
        );
        expect(await page.title()).toBe('◐ Degraded · ticket-enhancer');
        expect(await page.evaluate(lowContrast)).toEqual([]);
      } finally {
        process.kill(stopped?.pid ?? 0, 'SIGCONT');
      }
      await page.locator('main h2', { hasText: '● Ready' }).waitFor();
      await page.waitForFunction(() => document.title === '● Ready · ticket-enhancer');
      expect(await page.locator('#reasons').count()).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    },
    60_000,
  );

  it('can be read without script, and refreshes itself', async () => {
    const { page, complaints, close } = await openPage(browser, `${service.metrics}/`, { javaScriptEnabled: false });
    expect(await page.locator('main h2').first().textContent()).toBe('● Ready');
    expect(await page.locator('#tenant-figures tr[data-key="acme"]').textContent()).toContain('acme');
    expect(await page.locator('#child-processes tbody tr').count()).toBe(4);
    expect(await page.locator('#chart-depth polyline').count()).toBe(1);
    expect(await page.locator('#chart-rates').isVisible()).toBe(false);
    expect(await page.content()).toContain('<meta http-equiv="refresh" content="5">');
    expect(complaints).toEqual([]);
    await close();
  });

  it.each([
    ['light', 'light', 1280],
    ['dark', 'dark', 1280],
    ['phone', 'light', 390],
    ['phone-dark', 'dark', 390],
  ] as const)('%s: every text can be read, and nothing is wider than the screen', async (_name, colorScheme, width) => {
    const { page, close } = await openLive({ colorScheme, viewport: { width, height: 844 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(await page.evaluate(lowContrast)).toEqual([]);
    // The charts get their size from the page, which lays one of them out with the first event.
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.chart')].every(
        (chart) => chart.querySelector('canvas')?.clientWidth === chart.clientWidth,
      ),
    );
    await close();
  });

  it.each([360, 1000, 1100])('breaks no name of a child, at %d pixels', async (width) => {
    const { page, close } = await openLive({ viewport: { width, height: 844 } });
    const lines = await page.locator('#child-processes tbody strong').evaluateAll((names) =>
      names.map((name) => {
        const range = document.createRange();
        range.selectNodeContents(name);
        return [name.textContent, new Set([...range.getClientRects()].map(({ top }) => top)).size];
      }),
    );
    expect(lines).toEqual(['http 0', 'http 1', 'worker 0', 'worker 1'].map((name) => [name, 1]));
    await close();
  });

  it('names every table, chart and region, and is reached by keyboard', async () => {
    const { page, close } = await openLive();
    expect(await page.evaluate(unnamed)).toEqual([]);
    const focusable = await page.locator('a[href], summary').count();
    const reached = new Set<string>();
    for (let i = 0; i < focusable; i++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        return { name: element?.textContent ?? '', outline: element ? getComputedStyle(element).outlineStyle : 'none' };
      });
      expect(focused.outline).toBe('solid');
      reached.add(focused.name);
    }
    for (const name of ['Metrics', 'JSON', 'Readiness', 'Queue page']) expect(reached).toContain(name);
    expect([...reached].join()).toContain('Configuration in use');
    await close();
  });

  it('says when the stream is lost, and does not hold up a stop', async () => {
    const other = await openService({ env: oneEach });
    const opened = await openPage(browser, `${other.metrics}/`);
    await opened.page.locator('html[data-live="yes"]').waitFor({ state: 'attached' });
    expect(await opened.page.locator('#notice').isVisible()).toBe(false);
    expect(await other.stop()).toEqual({ code: 0, signal: null });
    await opened.page.locator('#notice', { hasText: 'The connection is lost' }).waitFor();
    await opened.close();
  });
});

describe('the queue page', () => {
  it('shows the jobs to a client with the token alone, and may change them from itself', async () => {
    const httpCredentials = { username: 'on-call', password: adminToken };
    const jobs = `${service.metrics}/queues/queue/queue?status=failed`;
    const { page, complaints, close } = await openPage(browser, jobs, { httpCredentials });
    const id = await failedJob();
    await page.waitForFunction((text) => document.body.innerText.includes(text), id);
    const again = (path: string) => fetch(path, { method: 'PUT' }).then(({ status }) => status);
    expect(await page.evaluate(again, `/queues/api/queues/queue/${id}/retry`)).toBe(204);
    expect(complaints).toEqual([]);
    await close();
  });
});

async function failedJob(): Promise<string> {
  const status = (await (await fetch(`${service.metrics}/status`)).json()) as { failedJobs: { id: string }[] };
  const [job] = status.failedJobs;
  if (job === undefined) throw new Error('no job has failed');
  return job.id;
}

/** In the browser: texts whose contrast with what is behind them is below WCAG 2's 4.5 : 1. */
function lowContrast(): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (canvas === null) throw new Error('no canvas');
  /** Colours over one another, as red, green and blue. */
  const mixed = (colours: readonly string[]): number[] => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return Array.from(canvas.getImageData(0, 0, 1, 1).data).slice(0, 3);
  };
  const luminance = (rgb: readonly number[]): number => {
    const [r = 0, g = 0, b = 0] = rgb.map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (element === null || text === '' || element.getClientRects().length === 0) continue;
    const grounds: string[] = [];
    for (let at: Element | null = element; at !== null; at = at.parentElement)
      grounds.unshift(getComputedStyle(at).backgroundColor);
    // The document's own ground is the body's here.
    const behind = mixed(['white', ...grounds]);
    const front = mixed(['white', ...grounds, getComputedStyle(element).color]);
    const [lighter = 0, darker = 0] = [luminance(behind), luminance(front)].sort((a, b) => b - a);
    const ratio = (lighter + 0.05) / (darker + 0.05);
    checked++;
    if (ratio < 4.5) found.push(`${text}: ${ratio.toFixed(2)}`);
  }
  if (checked < 50) found.push(`only ${checked} texts were looked at`);
  return found;
}

/** In the browser: what a screen reader could not call by a name, and headings that skip a level. */
function unnamed(): string[] {
  const found: string[] = [];
  for (const table of document.querySelectorAll('table[role=table]')) {
    if (!table.querySelector('caption')?.textContent) found.push(`table ${table.id}`);
    for (const head of table.querySelectorAll('th'))
      if (!head.hasAttribute('scope')) found.push(`head ${head.textContent}`);
  }
  for (const chart of document.querySelectorAll('.chart')) {
    if (chart.getAttribute('role') !== 'img' || !chart.getAttribute('aria-label')) found.push(`chart ${chart.id}`);
  }
  for (const section of document.querySelectorAll('section')) {
    const heading = document.getElementById(section.getAttribute('aria-labelledby') ?? '');
    if (!heading?.textContent) found.push('a section');
  }
  for (const link of document.querySelectorAll('a')) if (!link.textContent?.trim()) found.push(`link ${link.href}`);
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`id ${id} twice`);
  if (document.documentElement.lang !== 'en') found.push('the language');
  const levels = [...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1]));
  if (levels[0] !== 1 || levels.some((level, i) => level > (levels[i - 1] ?? 0) + 1))
    found.push(`headings ${levels.join()}`);
  if (document.querySelectorAll('main').length !== 1) found.push('main');
  return found;
}
