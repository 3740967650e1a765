import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf, runCommand } from '../support/command-line.js';
import { valueOf } from '../support/exposition.js';
import { freePort } from '../support/free-port.js';
import { openService } from '../support/of-test.js';
import { afterFile, afterTest, eachFile, forTest, temporaryFolder } from '../support/opened.js';
import { startRedis } from '../support/redis.js';
import { type Certificates, makeCertificates } from '../support/redis-tls.js';
import { oneEach, until } from '../support/service.js';
import { postTicket } from '../support/webhooks.js';

/** The whole service on a Redis that speaks TLS alone, with a certificate authority of its own. */

const certificates = makeCertificates();
afterFile(() => certificates.remove());
let url: string;
eachFile(
  async () => {
    const port = await freePort();
    url = `rediss://127.0.0.1:${port}`;
    return startRedis(['--tls-port', String(port), '--bind', '127.0.0.1', ...certificates.settings]);
  },
  (redis) => redis.stop(),
);

describe('rediss://', () => {
  it('is used by all processes with the authority of NODE_EXTRA_CA_CERTS', async () => {
    const env = { ...oneEach, REDIS_URL: url, NODE_EXTRA_CA_CERTS: certificates.authority, LOG_LEVEL: 'warn' };
    const service = await openService({ env });
    expect((await postTicket(service.webhooks)).status).toBe(202);
    await until('its job is finished', async () => {
      const labels = { tenant_id: 'acme', status: 'success' };
      return valueOf(await service.scrape(), 'enhancement_requests_total', labels) === 1;
    });
    const checked = await runCommand(['check'], environmentOf(service, env));
    expect(checked.stdout).toMatch(/ok +redis .*answers and accepts a job/);
  });

  it('reaches a server that wants a certificate of its clients, also after that was renewed', async () => {
    const renewed = makeCertificates();
    afterTest(() => renewed.remove());
    const port = await freePort();
    const network = ['--tls-port', String(port), '--bind', '127.0.0.1', ...certificates.settings];
    const strict = await forTest(startRedis([...network, '--tls-auth-clients', 'yes']), (redis) => redis.stop());
    const admin = await forTest(new Redis(strict.socketPath), (client) => client.disconnect());
    const folder = temporaryFolder();
    const [cert, key] = [join(folder, 'client.pem'), join(folder, 'client.key')];
    const present = (pair: Certificates['pair']): void => {
      copyFileSync(pair.cert, cert);
      copyFileSync(pair.key, key);
    };
    present(certificates.pair);
    const url = `rediss://127.0.0.1:${port}`;
    const env = { REDIS_URL: `${url}?cert=${cert}&key=${key}`, NODE_EXTRA_CA_CERTS: certificates.authority };
    const service = await openService({ env: { ...env, LOG_LEVEL: 'warn' } });
    expect((await postTicket(service.webhooks)).status).toBe(202);
    const without = await runCommand(['check'], { ...env, REDIS_URL: url });
    expect(without.stdout).toMatch(/failed +redis .*certificate required/);
    // Redis now trusts the other authority alone.
    await admin.config('SET', 'tls-ca-cert-file', renewed.authority);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('Redis refuses the old one', async () => (await postTicket(service.webhooks)).status === 503);
    present(renewed.pair);
    await until('the new one is presented', async () => (await postTicket(service.webhooks)).status === 202);
  });

  it('is refused without that authority, and check says why', async () => {
    const { code, stdout } = await runCommand(['check'], { REDIS_URL: url });
    expect(stdout).toMatch(/failed +redis .*(?:unable to verify|self-signed|self signed)/);
    expect(stdout).not.toMatch(/does not answer|no answer/);
    expect(code).not.toBe(0);
  });
});

describe('rediss+cluster://', () => {
  it('reaches nodes whose certificates are for their names alone, as those of managed clusters are', async () => {
    const named = makeCertificates('DNS:localhost');
    afterTest(() => named.remove());
    const [port, busPort] = [await freePort(), await freePort()];
    const network = ['--tls-port', String(port), '--bind', '127.0.0.1', '::1', ...named.settings];
    const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--tls-cluster', 'yes'];
    const names = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];
    const node = await forTest(startRedis([...network, ...cluster, ...names]), (redis) => redis.stop());
    const local = await forTest(new Redis(node.socketPath), (client) => client.disconnect());
    await local.cluster('ADDSLOTSRANGE', 0, 16_383);
    await until('the cluster serves', async () => (await local.cluster('INFO')).includes('cluster_state:ok'));
    const env = { REDIS_URL: `rediss+cluster://localhost:${port}`, NODE_EXTRA_CA_CERTS: named.authority };
    const { stdout } = await runCommand(['check'], env);
    expect(stdout).toMatch(/ok +redis .*answers and accepts a job/);
  });
});
