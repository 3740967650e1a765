import { createConnection } from 'node:net';

/** The server that answers at a socket. */
export interface Answering {
  /** Undefined: it does not report it. */
  readonly pid: number | undefined;
  /** Whether it accepts commands; false while it loads its data. */
  readonly ready: boolean;
}

const answerWithinMs = 1000;

/**
 * Asks for pid and readiness over one connection, so that both are of the same server.
 *
 * @returns undefined: no server answers within a second
 */
export function probeRedis(socketPath: string): Promise<Answering | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection(socketPath, () => socket.write('INFO server\r\nPING\r\n'));
    socket.setTimeout(answerWithinMs, () => socket.destroy());
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      // After the bulk string of INFO: `+PONG`, or `-LOADING …`.
      const [, pong] = /\r\n([+-])[^\r\n]*\r\n$/.exec(answer) ?? [];
      if (pong === undefined) return;
      const [, pid] = /process_id:(\d+)/.exec(answer) ?? [];
      resolve({ pid: pid === undefined ? undefined : Number(pid), ready: pong === '+' });
      socket.destroy();
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
  });
}
