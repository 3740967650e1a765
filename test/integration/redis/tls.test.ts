import { expect, it } from '@jest/globals';
import { createSecureContext, createServer } from 'node:tls';
import { failFastConnection } from '../../../src/redis/connection.js';
import { listenOnFreePort } from '../../support/http-server.js';
import { afterTest } from '../../support/opened.js';

/** Of a proxy in front of many Redis servers, which finds the one by the name in the TLS handshake. */
it('rediss:// names the server in the TLS handshake, for proxies that route by it', async () => {
  let named: (name: string) => void = () => undefined;
  const name = new Promise<string>((resolve) => (named = resolve));
  const server = createServer({
    SNICallback(asked, done) {
      named(asked);
      done(null, createSecureContext({}));
    },
  });
  server.on('tlsClientError', () => undefined);
  const { port, close } = await listenOnFreePort(server);
  afterTest(close);
  const client = failFastConnection(`rediss://localhost:${port}`);
  afterTest(() => client.disconnect());
  expect(await name).toBe('localhost');
});
