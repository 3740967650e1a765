import { type Html, html } from './html.js';

export type Level = 'good' | 'changing' | 'bad';

export const shapes: Readonly<Record<Level, string>> = { good: '●', changing: '◐', bad: '▲' };

/** A state as shape and word; colour alone does not carry it. */
export function stateMark(level: Level, word: string): Html {
  return html`<span class="state ${level}"><span aria-hidden="true">${shapes[level]}</span> ${word}</span>`;
}
