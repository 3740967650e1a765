import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf, runCommand } from '../support/command-line.js';
import { valueOf } from '../support/exposition.js';
import { freePort } from '../support/free-port.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type Certificates, makeCertificates } from '../support/redis-tls.js';
import { oneEach, type Service, startService, until } from '../support/service.js';
import { postTicket } from '../support/webhooks.js';

/** The whole service on a Redis that speaks TLS alone, with a certificate authority of its own. */

let certificates: Certificates;
let redis: TestRedis;
let url: string;

beforeAll(async () => {
  certificates = makeCertificates();
  const port = await freePort();
  redis = await startRedis(['--tls-port', String(port), '--bind', '127.0.0.1', ...certificates.settings]);
  url = `rediss://127.0.0.1:${port}`;
}, 60_000);

afterAll(async () => {
  await redis?.stop();
  certificates?.remove();
});

describe('rediss://', () => {
  it('is used by all processes with the authority of NODE_EXTRA_CA_CERTS', async () => {
    const env = { ...oneEach, REDIS_URL: url, NODE_EXTRA_CA_CERTS: certificates.authority, LOG_LEVEL: 'warn' };
    const service: Service = await startService({ env });
    try {
      expect((await postTicket(service.webhooks)).status).toBe(202);
      await until('its job is finished', async () => {
        const labels = { tenant_id: 'acme', status: 'success' };
        return valueOf(await service.scrape(), 'enhancement_requests_total', labels) === 1;
      });
      const checked = await runCommand(['check'], environmentOf(service, env));
      expect(checked.stdout).toMatch(/ok +redis .*answers and accepts a job/);
    } finally {
      await service.destroy();
    }
  }, 60_000);

  it('reaches a server that wants a certificate of its clients, also after that was renewed', async () => {
    const renewed = makeCertificates();
    const port = await freePort();
    const network = ['--tls-port', String(port), '--bind', '127.0.0.1', ...certificates.settings];
    const strict = await startRedis([...network, '--tls-auth-clients', 'yes']);
    const admin = new Redis(strict.socketPath);
    const folder = mkdtempSync(join(tmpdir(), 'te-client-'));
    const [cert, key] = [join(folder, 'client.pem'), join(folder, 'client.key')];
    const present = (pair: Certificates['pair']): void => {
      copyFileSync(pair.cert, cert);
      copyFileSync(pair.key, key);
    };
    present(certificates.pair);
    const url = `rediss://127.0.0.1:${port}`;
    const env = { REDIS_URL: `${url}?cert=${cert}&key=${key}`, NODE_EXTRA_CA_CERTS: certificates.authority };
    const service = await startService({ env: { ...env, LOG_LEVEL: 'warn' } });
    try {
      expect((await postTicket(service.webhooks)).status).toBe(202);
      const without = await runCommand(['check'], { ...env, REDIS_URL: url });
      expect(without.stdout).toMatch(/failed +redis .*certificate required/);
      // Redis now trusts the other authority alone.
      await admin.config('SET', 'tls-ca-cert-file', renewed.authority);
      await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await until('Redis refuses the old one', async () => (await postTicket(service.webhooks)).status === 503);
      present(renewed.pair);
      await until('the new one is presented', async () => (await postTicket(service.webhooks)).status === 202);
    } finally {
      await service.destroy();
      admin.disconnect();
      await strict.stop();
      rmSync(folder, { recursive: true });
      renewed.remove();
    }
  }, 60_000);

  it('is refused without that authority, and check says why', async () => {
    const { code, stdout } = await runCommand(['check'], { REDIS_URL: url });
    expect(stdout).toMatch(/failed +redis .*(?:unable to verify|self-signed|self signed)/);
    expect(stdout).not.toMatch(/does not answer|no answer/);
    expect(code).not.toBe(0);
  }, 60_000);
});

describe('rediss+cluster://', () => {
  it('reaches nodes whose certificates are for their names alone, as those of managed clusters are', async () => {
    const named = makeCertificates('DNS:localhost');
    const [port, busPort] = [await freePort(), await freePort()];
    const network = ['--tls-port', String(port), '--bind', '127.0.0.1', '::1', ...named.settings];
    const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--tls-cluster', 'yes'];
    const names = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];
    const node = await startRedis([...network, ...cluster, ...names]);
    const local = new Redis(node.socketPath);
    try {
      await local.cluster('ADDSLOTSRANGE', 0, 16_383);
      await until('the cluster serves', async () => (await local.cluster('INFO')).includes('cluster_state:ok'));
      const env = { REDIS_URL: `rediss+cluster://localhost:${port}`, NODE_EXTRA_CA_CERTS: named.authority };
      const { stdout } = await runCommand(['check'], env);
      expect(stdout).toMatch(/ok +redis .*answers and accepts a job/);
    } finally {
      local.disconnect();
      await node.stop();
      named.remove();
    }
  }, 60_000);
});
