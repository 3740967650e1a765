/** `npm run screenshots`: the pictures in docs/images, of a service at work. Takes a minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContextOptions } from 'playwright-core';
import { resolveTenants } from '../src/tenants/index.js';
import { readTenantsDocument } from '../src/tenants/tenants-file.js';
import { openPage, startBrowser } from '../test/support/browser.js';
import { startService } from '../test/support/service.js';
import { demoRequest } from './demo/requests.js';

const tenants = resolveTenants(readTenantsDocument(undefined)).all();
const adminToken = 'of-the-screenshots';
const ticketsPerSecond = 8;
const seconds = 60;
/** The workers stand still for a while, so that the queue has a history. Seconds. */
const standstill = { from: 25, to: 31 };

const service = await startService({ env: { ADMIN_TOKEN: adminToken, CHILD_STALE_MS: '10000', LOG_LEVEL: 'error' } });
const browser = await startBrowser();
try {
  const open = (path: string, options: BrowserContextOptions) =>
    openPage(browser, `${service.metrics}${path}`, { ...options, deviceScaleFactor: 1 });
  const desktop = { width: 1280, height: 960 };
  const pages = [
    { name: 'status-light', ...(await open('/', { colorScheme: 'light', viewport: desktop })) },
    { name: 'status-dark', ...(await open('/', { colorScheme: 'dark', viewport: desktop })) },
    { name: 'status-phone', ...(await open('/', { colorScheme: 'light', viewport: { width: 390, height: 844 } })) },
  ];
  const workers = (await service.children()).filter(({ role }) => role === 'worker').map(({ pid }) => pid ?? 0);
  for (let i = 0; i < seconds * ticketsPerSecond; i++) {
    const { body, headers } = demoRequest(tenants, i, 'demo');
    await fetch(`${service.webhooks}/webhook/servicedesk`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const second = i / ticketsPerSecond;
    if (second === standstill.from) for (const pid of workers) process.kill(pid, 'SIGSTOP');
    if (second === standstill.to) for (const pid of workers) process.kill(pid, 'SIGCONT');
    await sleep(1000 / ticketsPerSecond);
  }
  const httpCredentials = { username: 'on-call', password: adminToken };
  const queue = await open('/queues/queue/queue?status=completed', { viewport: desktop, httpCredentials });
  await sleep(3000); // its list comes after the page
  for (const { name, page } of [...pages, { name: 'queue-page', ...queue }]) {
    await page.screenshot({ path: `docs/images/${name}.png` });
    console.log(`wrote docs/images/${name}.png`);
  }
} finally {
  await browser.close();
  await service.destroy();
}
