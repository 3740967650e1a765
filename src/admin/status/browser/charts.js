/// <reference path="./uplot.d.ts" />
import { count } from './format.js';

/** @typedef {import('../../../primary/status.js').Status} Status */

const height = 150;
const depthSpanSeconds = 15 * 60;
/** The primary keeps no rates: the page keeps this much of them. Seconds. */
const ratesSpanSeconds = 5 * 60;

/** @typedef {{ at: number, received: number, success: number, failure: number }} Sample */

/**
 * @param {{ depth: HTMLElement, rates: HTMLElement }} places
 * @returns {{ show(status: Status): void }}
 */
export function createCharts(places) {
  /** @type {Sample[]} */
  const rates = [];
  /** @type {Sample | undefined} */
  let before;
  /** @type {Status | undefined} */
  let last;

  let charts = draw();
  for (const query of ['(prefers-color-scheme: dark)', '(resolution: 1dppx)']) {
    // A canvas does not follow the page's colour scheme.
    matchMedia(query).addEventListener('change', () => {
      charts.depth.destroy();
      charts.rates.destroy();
      charts = draw();
      if (last !== undefined) update(last);
    });
  }
  const resized = new ResizeObserver(() => {
    charts.depth.setSize({ width: places.depth.clientWidth, height });
    charts.rates.setSize({ width: places.rates.clientWidth, height });
  });
  // Each: the rates are hidden, and have no width, until the first event arrives.
  resized.observe(places.depth);
  resized.observe(places.rates);

  function draw() {
    const depth = chart(places.depth, [{ label: 'Depth', colour: 'accent', fill: true }], depthSpanSeconds);
    const lines = [
      { label: 'received', colour: 'accent' },
      { label: 'success', colour: 'good', dash: [6, 3] },
      { label: 'failure', colour: 'bad', dash: [2, 3] },
    ];
    return { depth, rates: chart(places.rates, lines, ratesSpanSeconds) };
  }

  /** @param {Status} status */
  function update({ depthHistory }) {
    charts.depth.setData([depthHistory.map(([at]) => at), depthHistory.map(([, depth]) => depth)]);
    charts.rates.setData([
      rates.map(({ at }) => at),
      rates.map(({ received }) => received),
      rates.map(({ success }) => success),
      rates.map(({ failure }) => failure),
    ]);
    const depth = depthHistory.at(-1)?.[1];
    describe(
      places.depth,
      `Depth of the queue: ${depth === null || depth === undefined ? 'not known' : count(depth)}.`,
    );
    const now = rates.at(-1);
    const said = /** @type {const} */ (['received', 'success', 'failure']).map(
      (name) => `${name} ${now === undefined ? 'not known yet' : now[name].toFixed(1)}`,
    );
    describe(places.rates, `Per second: ${said.join(', ')}.`);
  }

  return {
    show(status) {
      last = status;
      const sample = totalsOf(status);
      const seconds = before === undefined ? 0 : sample.at - before.at;
      // Totals that went back belong to a new primary.
      if (before !== undefined && seconds > 0 && sample.received >= before.received) {
        const { received, success, failure } = before;
        rates.push({
          at: sample.at,
          received: (sample.received - received) / seconds,
          success: Math.max(0, (sample.success - success) / seconds),
          failure: Math.max(0, (sample.failure - failure) / seconds),
        });
      }
      before = sample;
      while ((rates[0]?.at ?? sample.at) < sample.at - ratesSpanSeconds) rates.shift();
      update(status);
    },
  };
}

/**
 * @param {Status} status
 * @returns {Sample}
 */
function totalsOf({ asOf, tenants }) {
  const sum = { at: Date.parse(asOf) / 1000, received: 0, success: 0, failure: 0 };
  for (const { requests } of tenants) {
    sum.received += requests.received;
    sum.success += requests.success;
    sum.failure += requests.failure;
  }
  return sum;
}

/** A description of the chart for screen readers.
 * @param {HTMLElement} place
 * @param {string} text
 */
function describe(place, text) {
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', text);
}

/**
 * @param {HTMLElement} place
 * @param {{ label: string, colour: string, fill?: boolean, dash?: number[] }[]} lines
 * @param {number} spanSeconds
 */
function chart(place, lines, spanSeconds) {
  place.replaceChildren();
  const style = getComputedStyle(document.documentElement);
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour('quiet'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: place.clientWidth,
      height,
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      legend: { show: lines.length > 1, live: false },
      scales: {
        x: { range: (_chart, _lowest, highest) => [(highest ?? 0) - spanSeconds, highest ?? 0] },
        // Whole steps from zero, so that a single job does not fill the chart.
        y: { range: (_chart, _lowest, highest) => [0, Math.max(5, Math.ceil((highest ?? 0) * 1.1))] },
      },
      axes: [
        { ...axis, space: 70, values: (_chart, ticks) => ticks.map(clock) },
        { ...axis, size: 46, space: 30, values: (_chart, ticks) => ticks.map((tick) => count(tick)) },
      ],
      series: [
        {},
        ...lines.map(({ label, colour: name, fill, dash }) => ({
          label,
          stroke: colour(name),
          width: 1.5,
          points: { show: false },
          ...(dash ? { dash } : {}),
          ...(fill ? { fill: colour('accent-wash') } : {}),
        })),
      ],
    },
    [[], ...lines.map(() => [])],
    place,
  );
}

/** @param {number} seconds */
function clock(seconds) {
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}
