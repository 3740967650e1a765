import type { Status } from '../../../primary/status.js';
import { bytes, count, duration, moment, nothing, span } from './format.js';
import { type Html, html } from './html.js';
import { type Level, stateMark } from './state-mark.js';
import { table } from './table.js';

export function childSection({ children }: Status): Html {
  const level = (childState: Status['children'][number]['state']): Level => {
    switch (childState) {
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
  };
  return html`
<section aria-labelledby="children">
  <h2 id="children">Children</h2>
  ${table(
    {
      id: 'child-processes',
      caption: 'Child processes by role and slot',
      columns: [
        'Child',
        'Pid',
        'State',
        'Up',
        'Configuration',
        'Last report',
        'Loop lag p99',
        'Memory',
        'Restarts',
        'Last restart',
      ],
    },
    children.map((child) => ({
      key: `${child.role} ${child.slot}`,
      cells: [
        html`<strong>${child.role} ${child.slot}</strong>`,
        child.pid === undefined ? nothing : String(child.pid),
        stateMark(level(child.state), child.state),
        span(child.uptime),
        html`<code>${child.configuration}</code>`,
        child.reportAgeSeconds === undefined ? nothing : html`${duration(child.reportAgeSeconds)} ago`,
        duration(child.loopLagP99Seconds),
        bytes(child.residentMemoryBytes),
        count(child.restarts),
        child.lastRestart === undefined
          ? html`<span class="quiet">none</span>`
          : html`${child.lastRestart.reason} <span class="quiet">${child.lastRestart.detail}, ${moment(child.lastRestart.at)}</span>`,
      ],
    })),
    { empty: 'No child is configured.', text: [0, 2, 4, 9], heading: true },
  )}
</section>`;
}
