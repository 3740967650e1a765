import type { Status } from '../../../primary/status.js';
import { count, moment, percent } from './format.js';
import { type Html, html } from './html.js';
import { stateMark } from './state-mark.js';
import { table } from './table.js';

/** Undefined: no language model is configured. */
export function modelSection({ models }: Status): Html | undefined {
  if (models === undefined) return undefined;
  const { notes, refusals, repairs, lastFailure } = models;
  const all = notes.llm + notes.extractive + notes.fallback;
  const share = (mode: keyof typeof notes): string =>
    `${count(notes[mode])}${all === 0 ? '' : ` (${percent((100 * notes[mode]) / all)})`}`;
  const rows = [
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
  ${table({ id: 'model-notes', caption: 'Notes by mode, since the primary started', columns: ['With the model', 'Fallback', 'Extractive'] }, [{ key: 'notes', cells: [share('llm'), share('fallback'), share('extractive')] }])}
  ${table(
    {
      id: 'model-refusals',
      caption: 'Refused parameters and repaired answers, since the primary started',
      columns: ['Model', 'What', 'Times'],
    },
    rows.map(({ model, what, times }) => ({ key: `${model} ${what}`, cells: [model, what, count(times)] })),
    { text: [0, 1], heading: true },
  )}
</section>`;
}
