// Loaded into every Node process of the service under test (`NODE_OPTIONS=--import`), and into no other. It waits for
// SIGUSR2 and then does what the file with its pid in the folder CHAOS_ORDERS says: faults that no signal makes by itself.
import { readFileSync, writeFileSync } from 'node:fs';
import { Server, Socket } from 'node:net';

// In place from the beginning, for whoever keeps `Date.now` keeps this one.
const RealDate = Date;
let offsetMs = 0;
globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(RealDate.now() + offsetMs);
    else super(...values);
  }
  static now() {
    return RealDate.now() + offsetMs;
  }
};

function block(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function leak() {
  const kept = [];
  const more = () => {
    for (let i = 0; i < 64; i++) kept.push(Array.from({ length: 8192 }, () => ({})));
    setImmediate(more);
  };
  more();
}

function readOrder(name) {
  try {
    return JSON.parse(readFileSync(`${process.env.CHAOS_ORDERS}/${name}.json`, 'utf8'));
  } catch {
    return { kind: 'none' };
  }
}

function obey(order) {
  switch (order.kind) {
    case 'block':
      return block(order.ms);
    case 'leak':
      return leak();
    case 'clock':
      offsetMs = order.offsetMs;
      return;
    default:
  }
}

process.on('SIGUSR2', () => obey(readOrder(process.pid)));

// A process that starts while the clock is wrong starts with the wrong clock.
obey(readOrder('clock'));

const child = JSON.parse(process.env.TICKET_ENHANCER_CHILD ?? 'null');

// The service's own code is what runs next.
writeFileSync(`${process.env.CHAOS_ORDERS}/${process.pid}.begun`, '');

// Not before it has loaded everything and has been told to start: as dear as a failing start can be.
function onStart(act) {
  process.prependListener('message', (message) => {
    if (message?.type === 'te:start') act();
  });
}

if (child !== null && process.env.CHAOS_CANNOT_START === 'yes') {
  onStart(() => {
    throw new Error('made to fail at its start');
  });
}

// A poison job: the worker that sends a text with this word to the model dies of it, CHAOS_POISON_MS later.
if (child?.role === 'worker' && process.env.CHAOS_POISON !== undefined) {
  const { write } = Socket.prototype;
  Socket.prototype.write = function (chunk, ...more) {
    const text = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk.toString() : '';
    if (text.includes('"messages"') && text.includes(process.env.CHAOS_POISON)) {
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(process.env.CHAOS_POISON_MS ?? 0));
    }
    return write.call(this, chunk, ...more);
  };
}

function onListen(act) {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...options) {
    const server = listen.apply(this, options);
    act();
    return server;
  };
}

// Children that start while this file is there die as it says; the primary has already started.
const order = readOrder('new-children');
const isMeant = child?.role === order.role && (order.slot === undefined || child.slot === order.slot);
if (child !== null && order.kind === 'die' && isMeant) {
  const die = () => (order.by === 'exit' ? process.exit(1) : process.kill(process.pid, 'SIGKILL'));
  const dieSoon = () => (order.afterMs === 0 ? die() : setTimeout(die, order.afterMs));
  if (order.at === 'listen') onListen(dieSoon);
  else onStart(dieSoon);
}
