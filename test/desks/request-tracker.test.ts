import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { startBrowser } from '../support/browser.js';
import { environmentOf, runCommand } from '../support/command-line.js';
import type { Comment, RequestTracker } from '../support/request-tracker.js';
import { type RequestTrackerService, startRequestTrackerService } from '../support/request-tracker-service.js';
import { type Service, until } from '../support/service.js';

/** Request Tracker itself, the shipped scrips, and the service: from the new ticket to the comment that its page shows. */

const noteDeadlineMs = 90_000;
jest.setTimeout(120_000);

let desk: RequestTrackerService;
let rt: RequestTracker;
let service: Service;
let browser: Browser;

beforeAll(async () => {
  desk = await startRequestTrackerService();
  ({ rt, service } = desk);
  browser = await startBrowser();
});

afterAll(async () => {
  await browser.close();
  await desk.stop();
});

const vpn = {
  Subject: 'VPN drops every hour',
  Content: 'Since Monday my VPN connection drops about once an hour and I have to sign in again. Wi-Fi stays up.',
};

const ours = (comments: readonly Comment[]): Comment[] =>
  comments.filter(({ html }) => html.includes('ticket-enhancer#'));

/** Waits for the note, and for the end of its job. */
async function noteOn(ticketId: string): Promise<Comment> {
  await until(
    `ticket ${ticketId} has a note`,
    async () => ours(await rt.comments(ticketId)).length > 0,
    noteDeadlineMs,
  );
  await idle();
  const notes = ours(await rt.comments(ticketId));
  expect(notes).toHaveLength(1);
  return notes[0] ?? { creator: '', type: '', html: '' };
}

/** Every job has ended. */
function idle(): Promise<void> {
  const unfinished = async () => {
    const scrape = await service.scrape();
    const count = (status: string) => valueOf(scrape, 'enhancement_requests_total', { status });
    return count('queued') - count('success') - count('failure');
  };
  return until('no job is left', async () => (await unfinished()) === 0, noteDeadlineMs);
}

function valueOf({ samples }: Awaited<ReturnType<Service['scrape']>>, name: string, labels: object = {}): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

describe('a new ticket in Request Tracker', () => {
  it('gets one internal comment, which its page shows as it was meant', async () => {
    await rt.ask('POST', '/user', { Name: 'kim', EmailAddress: 'kim@acme.example', Password: 'kims-password' });
    const id = await rt.createTicket({ ...vpn, Requestor: 'kim@acme.example' });
    expect(await noteOn(id)).toMatchObject({ creator: 'ticket-enhancer', type: 'Comment' });
    const { page, complaints, close } = await rt.showTicket(browser, id);
    const comment = page.locator('.transaction').filter({ hasText: 'ticket-enhancer#' });
    expect(await comment.count()).toBe(1);
    const text = await comment.innerText();
    expect(text).toContain('Ticket Enhancer');
    expect(text).toMatch(/VPN/);
    // Markup is shown as such, and not as text.
    expect(text).not.toMatch(/<\/?\w+>|&\w+;/);
    expect(await comment.locator('strong').count()).toBeGreaterThan(0);
    // Nothing is folded, and the words of a source are there.
    expect(text).not.toContain('quoted text');
    expect(text).toMatch(/rekey|re-keys/i);
    expect(complaints).toEqual([]);
    await close();
    const seen = await rt.seenByRequestor(browser, id, { username: 'kim', password: 'kims-password' });
    expect(seen).toContain('Since Monday my VPN');
    expect(seen).not.toContain('ticket-enhancer#');
  });

  it.each<[string, () => Promise<void> | void]>([
    ['the answer to the comment is lost', () => undefined],
    ['every worker is killed before it has the answer', () => killWorkers()],
  ])('has one comment though %s', async (_what, meanwhile) => {
    const lost = desk.proxy.loseNextAnswer('POST', /\/ticket\/\d+\/comment$/, meanwhile);
    const id = await rt.createTicket({ ...vpn, Subject: `${vpn.Subject} again` });
    await lost;
    expect(ours(await rt.comments(id))).toHaveLength(1);
    await noteOn(id);
  });

  it('waits while the token is refused, and gets its comment when the token is right again', async () => {
    await writeFile(desk.tokenFile, '1-1-00000000000000000000000000000000');
    const before = valueOf(await service.scrape(), 'enhancement_deferrals_total', { reason: 'credential_refused' });
    const id = await rt.createTicket(vpn);
    const deferrals = async () =>
      valueOf(await service.scrape(), 'enhancement_deferrals_total', { reason: 'credential_refused' });
    await until('its job is deferred', async () => (await deferrals()) > before);
    expect(ours(await rt.comments(id))).toEqual([]);
    await writeFile(desk.tokenFile, rt.token);
    await noteOn(id);
  });

  it('that did not reach the service is sent again by cron, and others have no second comment', async () => {
    await writeFile(desk.secretFile, 'another secret');
    const id = await rt.createTicket(vpn);
    expect(rt.output()).toMatch(new RegExp(`ticket-enhancer: ticket ${id} was not sent: 401 `));
    await writeFile(desk.secretFile, desk.webhookSecret);
    const before = valueOf(await service.scrape(), 'webhook_duplicates_total');
    await rt.sendAgain();
    await noteOn(id);
    const others = Array.from({ length: Number(id) - 1 }, (_, i) => String(i + 1));
    for (const other of others) expect(ours(await rt.comments(other))).toHaveLength(1);
    expect(valueOf(await service.scrape(), 'webhook_duplicates_total') - before).toBe(others.length);
  });
});

describe('a ticket that is resolved in Request Tracker', () => {
  it('is what the comment on the next one like it cites', async () => {
    const subject = 'The franking machine in the mail room jams';
    const first = await rt.createTicket({ Subject: subject, Content: 'It jams at every second envelope.' });
    await idle();
    await rt.ask('POST', `/ticket/${first}/comment`, {
      ContentType: 'text/html',
      Content: '<p>Cleaned the <b>feed rollers</b> with isopropanol.</p>',
      Status: 'resolved',
    });
    await service.logged(/"resolved ticket stored"/);
    const next = await rt.createTicket({ Subject: `${subject} again`, Content: 'Every envelope is stuck.' });
    const { html } = await noteOn(next);
    expect(html).toContain('Cleaned the feed rollers with isopropanol.');
    expect(html).toContain(`solved ticket ${first}`);
  });
});

describe('tickets that were resolved before the service was there', () => {
  it('are imported, and the comment on the next one like them cites one', async () => {
    const subject = 'The badge reader at the loading dock refuses badges';
    const solved = [];
    // With the webhook's secret wrong nothing of them reaches the service.
    await writeFile(desk.secretFile, 'another secret');
    for (let i = 0; i < 3; i++) {
      const id = await rt.createTicket({
        Subject: subject,
        Content: `The badge reader blinks red. (${i})`,
        Requestor: 'kim@acme.example',
      });
      await rt.ask('POST', `/ticket/${id}/correspond`, {
        ContentType: 'text/plain',
        Content: 'Reset the badge reader with the service card and synchronised its clock.',
        Status: 'resolved',
      });
      solved.push(id);
    }
    const open = await rt.createTicket({ Subject: subject, Content: 'The badge reader is dark.' });
    await writeFile(desk.secretFile, desk.webhookSecret);

    const env = { ...environmentOf(service), TENANTS_FILE: desk.tenantsFile };
    const args = ['history', 'import', '--tenant', 'acme', '--json'];
    const first = await runCommand(args, env);
    expect(first).toMatchObject({ code: 0 });
    const imported: unknown = JSON.parse(first.stdout);
    // Those that came as webhooks are there in the same words.
    expect(imported).toMatchObject({ ended: 'all', added: 3, replaced: 0, left_out: 0 });
    const second = await runCommand(args, env);
    expect(JSON.parse(second.stdout)).toMatchObject({ added: 0, replaced: 0 });

    const next = await rt.createTicket({ Subject: `${subject} again`, Content: 'It blinks red at each badge.' });
    const { html } = await noteOn(next);
    expect(html).toContain('Reset the badge reader with the service card');
    expect(solved.some((id) => html.includes(`solved ticket ${id}`))).toBe(true);
    expect(html).not.toContain(`solved ticket ${open}`);
  });
});

async function killWorkers(): Promise<void> {
  const workers = (await service.children()).filter(({ role }) => role === 'worker');
  for (const { pid } of workers) if (pid !== undefined) process.kill(pid, 'SIGKILL');
}
