import type Plot from 'uplot';

declare global {
  /** uPlot comes as a plain script before the page's own, which is a third of the size of its module. */
  const uPlot: typeof Plot;
}
