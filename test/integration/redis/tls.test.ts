import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createSecureContext, createServer } from 'node:tls';
import { failFastConnection } from '../../../src/redis/connection.js';

/** A proxy in front of many Redis servers, which finds the one by the name in the TLS handshake. */

let named: (name: string) => void;
const server = createServer({
  SNICallback(name, done) {
    named(name);
    done(null, createSecureContext({}));
  },
});
server.on('tlsClientError', () => undefined);

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

describe('rediss://', () => {
  it('names the server in the TLS handshake, for proxies that route by it', async () => {
    const name = new Promise<string>((resolve) => {
      named = resolve;
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const client = failFastConnection(`rediss://localhost:${port}`);
    expect(await name).toBe('localhost');
    client.disconnect();
  });
});
