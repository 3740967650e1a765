import { createConnection } from 'node:net';

/** What answers at a socket. */
export interface Answering {
  /** Of the server itself; undefined: it does not tell. */
  readonly pid: number | undefined;
  /** It takes commands; not while it reads its log back in. */
  readonly ready: boolean;
}

const answerWithinMs = 1000;

/** Both answers come over one connection, so they are of one server. Undefined: nothing answers. */
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
