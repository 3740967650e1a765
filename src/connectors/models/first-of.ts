/** What is found first for one of these, in their order. */
export function firstOf<K, T>(keys: Iterable<K>, find: (key: K) => T | undefined): T | undefined {
  for (const key of keys) {
    const found = find(key);
    if (found !== undefined) return found;
  }
  return undefined;
}
