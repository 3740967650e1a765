/** Reads the inventory that it is given as a worker does, and prints what it found and its longest turn of the event loop. */
import { setImmediate } from 'node:timers/promises';
import { readInventoryApart } from '../../dist/connectors/index.js';

let ended = false;
const items = [];
const reading = readInventoryApart(process.argv[2] ?? '', (item) => items.push(item)).finally(() => {
  ended = true;
});
reading.catch(() => undefined); // it is looked at below
let longestMs = 0;
while (!ended) {
  const before = process.cpuUsage();
  const atMs = performance.now();
  await setImmediate();
  // The thread's time is in the processor time too: a turn is as long as the lesser of both.
  const { user, system } = process.cpuUsage(before);
  longestMs = Math.max(longestMs, Math.min(performance.now() - atMs, (user + system) / 1000));
}
const told = await reading.then(
  (leftOut) => ({ items: items.length, last: items.at(-1), leftOut }),
  ({ code, message }) => ({ code, message }),
);
console.log(JSON.stringify({ ...told, longestMs }));
