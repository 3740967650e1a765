import { createCharts } from './charts.js';
import { moment } from './format.js';
import { morph } from './morph.js';
import { content } from './content.js';
import { title } from './headline.js';

/** Updates the page with the figures of each event. Without this script it does not change. */

/** Time without an event, of which there is one a second, after which the page shows that the connection is lost. Milliseconds. */
const silentAfterMs = 5000;

const main = element('content');
const asOf = element('as-of');
const notice = element('notice');
const charts = createCharts({ depth: element('chart-depth'), rates: element('chart-rates') });

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** @param {import('../../../primary/status.js').Status} status */
function show(status) {
  const template = document.createElement('template');
  template.innerHTML = content(status).text;
  morph(main, template.content);
  const shown = title(status);
  if (document.title !== shown) document.title = shown;
  asOf.textContent = `${moment(status.asOf)} UTC`;
  charts.show(status);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;

/** @param {boolean} live */
function setLive(live) {
  document.documentElement.dataset['live'] = live ? 'yes' : 'lost';
  const text = live ? '' : 'The connection is lost. The figures are old; trying again.';
  // Screen readers announce changes only.
  if (notice.textContent !== text) notice.textContent = text;
}

function heard() {
  setLive(true);
  clearTimeout(silence);
  silence = setTimeout(() => setLive(false), silentAfterMs);
}

/** Browsers do not reconnect after an answer that is not a stream, such as that of a proxy while the service restarts. */
const againAfterMs = 3000;

function listen() {
  const source = new EventSource('status/events');
  source.addEventListener('status', (event) => {
    heard();
    show(JSON.parse(event.data));
  });
  source.addEventListener('error', () => {
    setLive(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, againAfterMs);
  });
}

listen();
