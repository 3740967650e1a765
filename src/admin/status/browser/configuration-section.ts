import type { Status } from '../../../primary/status.js';
import { type Html, html } from './html.js';
import { table } from './table.js';

export function configurationSection({ version, configuration }: Status): Html {
  return html`
<section aria-labelledby="configuration">
  <h2 id="configuration">Version and configuration</h2>
  <p>ticket-enhancer ${version}</p>
  <details data-keep-open>
    <summary>Configuration in use, secrets left out</summary>
    ${table(
      { id: 'settings', caption: 'Settings', columns: ['Variable', 'Value'] },
      Object.entries(configuration).map(([name, value]) => ({
        key: name,
        cells: [html`<code>${name}</code>`, String(value)],
      })),
      { text: [0, 1], heading: true },
    )}
  </details>
</section>`;
}
