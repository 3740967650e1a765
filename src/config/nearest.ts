/** The name that was probably meant, and its edit distance. */
export function nearestTo(name: string, candidates: readonly string[]): [nearest: string, distance: number] {
  let best: [string, number] = ['', Number.POSITIVE_INFINITY];
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance < best[1]) best = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
