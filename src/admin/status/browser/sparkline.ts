import type { Status } from '../../../primary/status.js';
import { count } from './format.js';
import { type Html, html } from './html.js';

const width = 600;
const height = 120;
const spanSeconds = 900;

/** Draws the queue's depth for browsers without script. The line has a gap where the queue could not be read. */
export function sparkline(history: Status['depthHistory'], nowSeconds: number): Html {
  const known = history.flatMap(([, depth]) => (depth === null ? [] : [depth]));
  const highest = Math.max(0, ...known);
  const x = (at: number): string => (width - ((nowSeconds - at) / spanSeconds) * width).toFixed(1);
  const y = (depth: number): string => (height - 4 - (depth / Math.max(1, highest)) * (height - 12)).toFixed(1);
  const lines: string[][] = [[]];
  for (const [at, depth] of history) {
    if (depth === null) lines.push([]);
    else lines.at(-1)?.push(`${x(at)},${y(depth)}`);
  }
  const drawn = lines.flatMap((points) => (points.length > 0 ? [html`<polyline points="${points.join(' ')}"/>`] : []));
  const label =
    known.length === 0
      ? 'No reading of the queue yet.'
      : `Depth of the queue: now ${count(known.at(-1) ?? 0)}, at most ${count(highest)} in the last 15 minutes.`;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" preserveAspectRatio="none">${drawn}</svg><p class="quiet">${label}</p>`;
}
