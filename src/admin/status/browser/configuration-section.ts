import type { Status } from '../../../primary/status.js';
import { type Html, html } from './html.js';
import { heading, table, text } from './table.js';

export function configurationSection({ version, configuration }: Status): Html {
  return html`
<section aria-labelledby="configuration">
  <h2 id="configuration">Version and configuration</h2>
  <p>ticket-enhancer ${version}</p>
  <details data-keep-open>
    <summary>Configuration in use, secrets left out</summary>
    ${table({ id: 'settings', caption: 'Settings', rows: Object.entries(configuration), keyOf: ([name]) => name }, [
      heading('Variable', ([name]) => html`<code>${name}</code>`),
      text('Value', ([, value]) => String(value)),
    ])}
  </details>
</section>`;
}
