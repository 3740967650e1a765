/** `npm run screenshots:request-tracker`: the picture of a comment in docs/images, in Request Tracker itself. */
import { startBrowser } from '../test/support/browser.js';
import { startRequestTrackerService } from '../test/support/request-tracker-service.js';
import { until } from '../test/support/service.js';

const desk = await startRequestTrackerService();
const browser = await startBrowser();
try {
  const id = await desk.rt.createTicket({
    Subject: 'VPN drops every hour',
    Content: 'Since Monday my VPN connection drops about once an hour and I have to sign in again. Wi-Fi stays up.',
  });
  await until('it has its comment', async () => (await desk.rt.comments(id)).length > 0);
  const { page } = await desk.rt.showTicket(browser, id);
  const path = 'docs/images/request-tracker-comment.png';
  await page.locator('.transaction').filter({ hasText: 'ticket-enhancer#' }).screenshot({ path });
  console.log(`wrote ${path}`);
} finally {
  await browser.close();
  await desk.stop();
}
