import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range that Linux and macOS take for outgoing connections: none of those can get a port between the moment in
 * which it was found free and that in which it is used.
 */
const range = { first: 12_000, last: 32_000 };

/** Each of Jest's workers has a part of the range for itself; more of them share the parts. */
const parts = 8;
const size = Math.floor((range.last - range.first) / parts);
const start = range.first + (Number(process.env['JEST_WORKER_ID'] ?? 0) % parts) * size;
/** Anywhere in the part: another run on this machine begins elsewhere. */
let next = Math.floor(Math.random() * size);

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** A port of 127.0.0.1 that nobody listens on, and that no call in this process has returned before. */
export async function freePort(): Promise<number> {
  for (let looked = 0; looked < size; looked++) {
    const port = start + (next++ % size);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${size} ports from ${start} on is free`);
}
