import type { Status } from '../../../primary/status.js';
import { count, moment, percent } from './format.js';
import { type Html, html } from './html.js';
import { stateMark } from './state-mark.js';
import { figure, heading, table, text } from './table.js';

/** Undefined: no language model is configured. */
export function modelSection({ models }: Status): Html | undefined {
  if (models === undefined) return undefined;
  const { notes, refusals, repairs, lastFailure } = models;
  const all = notes.llm + notes.extractive + notes.fallback;
  const share = (some: number): string => `${count(some)}${all === 0 ? '' : ` (${percent((100 * some) / all)})`}`;
  const events = [
    ...refusals.map(({ model, parameter, count: times }) => ({ model, what: `refused ${parameter}`, times })),
    ...repairs.map(({ model, outcome, count: times }) => ({ model, what: `repair of an answer: ${outcome}`, times })),
  ];
  return html`
<section aria-labelledby="models">
  <h2 id="models">Language models</h2>
  ${
    lastFailure !== undefined &&
    html`<p class="notice">${stateMark('changing', 'Last failure')} ${moment(lastFailure.at)} UTC, ${lastFailure.model} for ${lastFailure.tenantId}: ${lastFailure.message}</p>`
  }
  ${table(
    { id: 'model-notes', caption: 'Notes by mode, since the primary started', rows: [notes], keyOf: () => 'notes' },
    [
      figure('With the model', ({ llm }) => share(llm)),
      figure('Fallback', ({ fallback }) => share(fallback)),
      figure('Extractive', ({ extractive }) => share(extractive)),
    ],
  )}
  ${table(
    {
      id: 'model-refusals',
      caption: 'Refused parameters and repaired answers, since the primary started',
      rows: events,
      keyOf: ({ model, what }) => `${model} ${what}`,
    },
    [
      heading('Model', ({ model }) => model),
      text('What', ({ what }) => what),
      figure('Times', ({ times }) => count(times)),
    ],
  )}
</section>`;
}
