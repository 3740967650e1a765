/**
 * Work on many things without holding up the event loop.
 *
 * Must not know: what the work is.
 */

/** The loop may turn after this many milliseconds. */
const sliceMs = 2;

/** Visits all, and those that are added meanwhile. */
export async function inSlices<T>(items: Iterable<T>, visit: (item: T) => void): Promise<void> {
  let sliceStart = performance.now();
  for (const item of items) {
    visit(item);
    if (performance.now() - sliceStart < sliceMs) continue;
    await new Promise(setImmediate);
    sliceStart = performance.now();
  }
}
