import type { Redis } from 'ioredis';
import { connect } from 'node:net';
import type { RedisHost } from '../config/redis-url.js';
import { denialIn, isLossOfConnection, keepWords, refusalIn } from './redis-errors.js';

/** Why a server refuses connections: what it says about that, ioredis does not read, or drops. */

function keep(client: Redis, refusal: string | undefined): void {
  if (refusal !== undefined) keepWords(client, new Error(refusal));
}

/**
 * Keeps why a server refuses connections from other machines. ioredis takes the words, which are the reply to the first command
 * of the connection, for those about a needless password, and drops them.
 */
export function keepDenial(client: Redis): void {
  client.on('connect', () => {
    client.stream.once('data', (data: Buffer) => keep(client, denialIn(data)));
  });
}

/** How long a server has to say why. Milliseconds. */
const heardWithinMs = 500;

/**
 * Listens to a server that closes connections. One that has enough clients says so and closes, and a client that has sent a command
 * by then is often told only of the close. So nothing is sent on this connection.
 */
export function hearRefusals(client: Redis, { host, port }: RedisHost): void {
  let isListening = false;
  client.on('error', (error) => {
    if (isListening || client.status === 'ready' || !isLossOfConnection(error)) return;
    isListening = true;
    const socket = connect({ host, port, timeout: heardWithinMs }).unref();
    socket.once('data', (data) => {
      keep(client, refusalIn(data));
      socket.destroy();
    });
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => undefined); // the client has errors of its own
    socket.on('close', () => {
      isListening = false;
    });
  });
}
