/** Measures of a ranking, best document first, against the documents that are known to be relevant. */

/** Mean over a question's relevant documents of the precision at their places; those not ranked count as 0. */
export function averagePrecision(ranked: readonly string[], relevant: ReadonlySet<string>): number {
  let found = 0;
  let sum = 0;
  for (const [i, id] of ranked.entries()) if (relevant.has(id)) sum += ++found / (i + 1);
  return sum / relevant.size;
}

/** Discounted cumulative gain of the first `depth`, as a part of what the best order would have. */
export function normalizedGain(ranked: readonly string[], relevant: ReadonlySet<string>, depth: number): number {
  const gain = (place: number): number => 1 / Math.log2(place + 2);
  let ideal = 0;
  for (let place = 0; place < Math.min(depth, relevant.size); place++) ideal += gain(place);
  let sum = 0;
  for (const [place, id] of ranked.slice(0, depth).entries()) if (relevant.has(id)) sum += gain(place);
  return sum / ideal;
}

/** Of the relevant documents, or of `depth` where there are more, the part that is among the first `depth`. */
export function recall(ranked: readonly string[], relevant: ReadonlySet<string>, depth: number): number {
  const found = ranked.slice(0, depth).filter((id) => relevant.has(id)).length;
  return found / Math.min(depth, relevant.size);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
