import type { Status } from '../../../primary/status.js';
import { type Html, html } from './html.js';
import { type Level, shapes, stateMark } from './state-mark.js';

const states = {
  ready: { level: 'good', word: 'Ready', meaning: 'All children serve, Redis takes jobs, and no tenant is failing.' },
  degraded: { level: 'changing', word: 'Degraded', meaning: 'Webhooks are accepted, but something needs attention.' },
  unready: { level: 'bad', word: 'Not ready', meaning: 'Webhooks are refused, or no note is written.' },
} as const satisfies Record<Status['state'], { level: Level; word: string; meaning: string }>;

/** The tab's title: the state comes first, so that it is visible in a narrow tab. */
export function title({ state: name }: Status): string {
  const { level, word } = states[name];
  return `${shapes[level]} ${word} · ticket-enhancer`;
}

/** The service's state, with its reasons. */
export function headline({ state: name, reasons }: Status): Html {
  const { level, word, meaning } = states[name];
  return html`
<section class="headline ${level}" aria-labelledby="state">
  <h2 id="state">${stateMark(level, word)}</h2>
  <p>${meaning}</p>
  ${reasons.length > 0 && html`<ul id="reasons">${reasons.map(reasonLine)}</ul>`}
</section>`;
}

function reasonLine({ reason, severity, message }: Status['reasons'][number]): Html {
  const { level, word } = states[severity];
  return html`<li data-key="${reason}">${stateMark(level, word)} <span class="message">${message}</span> <code>${reason}</code></li>`;
}
