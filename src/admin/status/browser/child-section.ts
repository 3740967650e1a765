import type { Status } from '../../../primary/status.js';
import { bytes, count, duration, moment, nothing, span } from './format.js';
import { type Html, html, unbroken } from './html.js';
import { type Level, stateMark } from './state-mark.js';
import { figure, heading, table, text } from './table.js';

export function childSection({ children }: Status): Html {
  return html`
<section aria-labelledby="children">
  <h2 id="children">Children</h2>
  ${table(
    {
      id: 'child-processes',
      caption: 'Child processes by role and slot',
      rows: children,
      keyOf: ({ role, slot }) => `${role} ${slot}`,
      empty: 'No child is configured.',
    },
    [
      heading('Child', ({ role, slot }) => html`<strong>${unbroken(`${role} ${slot}`)}</strong>`),
      figure('Pid', ({ pid }) => (pid === undefined ? nothing : String(pid))),
      text('State', ({ state }) => stateMark(levelOf(state), state)),
      figure('Up', ({ uptime }) => span(uptime)),
      text('Configuration', ({ configuration }) => html`<code>${configuration}</code>`),
      figure('Last report', ({ reportAgeSeconds: age }) => (age === undefined ? nothing : `${duration(age)} ago`)),
      figure('Loop lag p99', ({ loopLagP99Seconds }) => duration(loopLagP99Seconds)),
      figure('Memory', ({ residentMemoryBytes }) => bytes(residentMemoryBytes)),
      figure('Restarts', ({ restarts }) => count(restarts)),
      text('Last restart', ({ lastRestart }) =>
        lastRestart === undefined
          ? html`<span class="quiet">none</span>`
          : html`${unbroken(lastRestart.reason)} <span class="quiet">${lastRestart.detail}, ${moment(lastRestart.at)}</span>`,
      ),
    ],
  )}
</section>`;
}

function levelOf(state: Status['children'][number]['state']): Level {
  switch (state) {
    case 'ready':
      return 'good';
    case 'starting':
    case 'draining':
      return 'changing';
    case 'stale':
    case 'incompatible':
    case 'backoff':
      return 'bad';
  }
}
