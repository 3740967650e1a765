import type { Status } from '../../../primary/status.js';
import { count, duration, nothing, percent } from './format.js';
import { type Html, html } from './html.js';
import { stateMark } from './state-mark.js';
import { figure, heading, table, text } from './table.js';

export function tenantSection({ tenants, objectives }: Status): Html {
  const { successPercent, latencyPercent, latencySeconds } = objectives;
  const rate = (value: number | undefined): Html | string => {
    if (value === undefined) return html`${nothing} <span class="quiet">no job ended</span>`;
    const good = value >= successPercent;
    return html`${stateMark(good ? 'good' : 'bad', percent(value))} <span class="quiet">${good ? 'meets' : 'below'} ${percent(successPercent)}</span>`;
  };
  const p95 = (value: number | undefined): Html | string =>
    value !== undefined && value > latencySeconds ? stateMark('bad', duration(value)) : duration(value);
  return html`
<section aria-labelledby="tenants">
  <h2 id="tenants">Tenants</h2>
  <p class="quiet">Objectives: ${percent(successPercent)} of jobs succeed; ${percent(latencyPercent)} of notes are there within ${duration(latencySeconds)}. Counts and durations are since the primary started; the success rate is of the last five minutes.</p>
  ${table(
    {
      id: 'tenant-figures',
      caption: 'Requests and durations by tenant',
      rows: tenants,
      keyOf: ({ id }) => id,
      empty: 'No tenant is configured.',
    },
    [
      heading(
        'Tenant',
        ({ id, name, active }) =>
          html`<strong>${id}</strong> <span class="quiet">${name}${!active && ' (inactive)'}</span>`,
      ),
      figure('Received', ({ requests }) => count(requests.received)),
      figure('Queued', ({ requests }) => count(requests.queued)),
      figure('Rejected', ({ requests }) => count(requests.rejected)),
      figure('Success', ({ requests }) => count(requests.success)),
      figure('Failure', ({ requests }) => count(requests.failure)),
      figure('Retries', ({ requests }) => count(requests.pending)),
      text('Success rate', ({ successRate }) => rate(successRate)),
      figure('p50', ({ durationSeconds }) => duration(durationSeconds?.p50)),
      figure('p95', ({ durationSeconds }) => p95(durationSeconds?.p95)),
      figure('p99', ({ durationSeconds }) => duration(durationSeconds?.p99)),
    ],
  )}
</section>`;
}
