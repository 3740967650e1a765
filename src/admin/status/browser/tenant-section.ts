import type { Status } from '../../../primary/status.js';
import { count, duration, nothing, percent } from './format.js';
import { type Html, html } from './html.js';
import { stateMark } from './state-mark.js';
import { table } from './table.js';

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
      columns: [
        'Tenant',
        'Received',
        'Queued',
        'Rejected',
        'Success',
        'Failure',
        'Retries',
        'Success rate',
        'p50',
        'p95',
        'p99',
      ],
    },
    tenants.map(({ id, name, active, requests, successRate, durationSeconds }) => ({
      key: id,
      cells: [
        html`<strong>${id}</strong> <span class="quiet">${name}${!active && ' (inactive)'}</span>`,
        ...[
          requests.received,
          requests.queued,
          requests.rejected,
          requests.success,
          requests.failure,
          requests.pending,
        ].map(count),
        rate(successRate),
        duration(durationSeconds?.p50),
        p95(durationSeconds?.p95),
        duration(durationSeconds?.p99),
      ],
    })),
    { empty: 'No tenant is configured.', text: [0, 7], heading: true },
  )}
</section>`;
}
