import { createServer, request } from 'node:http';
import { listenOnFreePort } from './http-server.js';

/** Stands between a client and its server, and loses answers that the server has given. */
export interface AnswerProxy {
  readonly port: number;
  /**
   * The next answer to such a request never arrives.
   *
   * @param path of the request
   * @param meanwhile done between the server's answer and the end of the connection
   * @returns when the connection has ended
   */
  loseNextAnswer(method: string, path: RegExp, meanwhile?: () => Promise<void> | void): Promise<void>;
  close(): Promise<void>;
}

interface Loss {
  readonly matches: (method: string | undefined, path: string | undefined) => boolean;
  readonly take: (end: () => void) => Promise<void>;
}

export async function startAnswerProxy(targetPort: number): Promise<AnswerProxy> {
  const losses: Loss[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const at = losses.findIndex(({ matches }) => matches(method, path));
    const [loss] = at < 0 ? [] : losses.splice(at, 1);
    const forwarded = request(
      { host: '127.0.0.1', port: targetPort, method, path, headers, agent: false },
      (answer) => {
        if (loss === undefined) {
          outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
          answer.pipe(outgoing);
          return;
        }
        answer.resume().once('end', () => void loss.take(() => incoming.socket.destroy()));
      },
    );
    forwarded.once('error', () => incoming.socket.destroy());
    incoming.pipe(forwarded);
  });
  const { port, close } = await listenOnFreePort(server);
  return {
    port,
    loseNextAnswer: (method, path, meanwhile = () => undefined) =>
      new Promise((resolve, reject) => {
        losses.push({
          matches: (one, at = '') => one === method && path.test(at),
          async take(end) {
            try {
              await meanwhile();
              resolve();
            } catch (error) {
              reject(error);
            } finally {
              end();
            }
          },
        });
      }),
    close,
  };
}
