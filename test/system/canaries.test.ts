import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { listenOnFreePort, readBody } from '../support/http-server.js';
import { openService } from '../support/of-test.js';
import { afterFile, forFile, temporaryFolder } from '../support/opened.js';
import { startNetworkRedis } from '../support/redis-network.js';
import { oneEach, type Service, startService, until } from '../support/service.js';
import { serviceDeskSignature, standardWebhook, ticket } from '../support/webhooks.js';

/**
 * Words that stand nowhere else are planted in every secret and in every text that strangers write; then everything is
 * provoked that could carry one away, and everything that comes out is searched.
 */

const secrets = {
  webhook: 'wh00k-canary-one',
  token: 't0ken-canary-two',
  modelKey: 'm0del-canary-three',
  credential: 'desk-canary-f0ur',
  scrape: 'scrape-canary-f1ve',
  admin: 'adm1n-canary-six',
  redis: 'red1s-canary-seven',
};
const texts = {
  subject: 'subjectcanary',
  description: 'descriptioncanary',
  mail: 'mailcanary@example.com',
  resolution: 'resolutioncanary',
  knowledge: 'knowledgecanary',
};
/** What clients send although nobody asked for it. */
const strays = { cookie: 'cookiecanary', authorization: 'authcanary', path: 'pathcanary', json: 'jsoncanary' };

/** Where the text of tickets belongs, by Redis key. Secrets and strays belong nowhere. */
const belongs: Readonly<Record<keyof typeof texts, RegExp>> = {
  subject: /^enhancement:(queue:d[0-9a-f]{40}|desk:.*|(history|citations):\{globex\}:(tickets|sources))$/,
  description: /^enhancement:(queue:d[0-9a-f]{40}|desk:\{globex\}:ticket:.*|history:\{globex\}:tickets)$/,
  mail: /^enhancement:(queue:d[0-9a-f]{40}|desk:\{globex\}:ticket:.*)$/,
  resolution: /^enhancement:(history:\{globex\}:tickets|desk:\{globex\}:ticket:.*|citations:\{globex\}:sources)$/,
  knowledge: /^enhancement:(desk:\{globex\}:ticket:.*|citations:\{globex\}:sources)$/,
};

const everything = [...Object.values(secrets), ...Object.values(texts), ...Object.values(strays)];
const found = (text: string): string[] => everything.filter((canary) => text.includes(canary));

/** A desk or model that quotes to whoever asks all that it was sent. */
async function startParrot(status: number, contentType = 'application/json') {
  let asked = 0;
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      asked++;
      response.writeHead(status, { 'content-type': contentType, 'x-echo': String(request.headers['authtoken'] ?? '') });
      const said = `${JSON.stringify(request.headers)} ${decodeURIComponent(body.replaceAll('%', '%25'))}`;
      response.end(JSON.stringify({ error: { message: said }, response_status: { status_code: 4000, messages: [] } }));
    });
  });
  const { port, close } = await listenOnFreePort(server);
  afterFile(close);
  return { url: `http://127.0.0.1:${port}`, asked: () => asked };
}

/** A model that answers with words of the ticket instead of JSON. */
async function startBabbler() {
  const server = createServer((request, response) => {
    void readBody(request).then(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ message: { content: `${texts.description} is what it says` } }] }));
    });
  });
  const { port, close } = await listenOnFreePort(server);
  afterFile(close);
  return `http://127.0.0.1:${port}`;
}

/** What only the primary knows: no child could tell it, and none takes it out of its errors. */
const ofThePrimary = [secrets.scrape, secrets.admin];
const ofAWorker = Object.values(secrets).filter((secret) => !ofThePrimary.includes(secret));

/** Makes a worker throw, at SIGUSR2, an error that holds what it knows. */
const crashes = `data:text/javascript,${encodeURIComponent(`
  if (process.env.TICKET_ENHANCER_CHILD) process.on('SIGUSR2', () => {
    throw new Error('crashed holding ' + ${JSON.stringify(ofAWorker.join(', '))} + ' of ${texts.mail}');
  });`)}`;

const folder = temporaryFolder(afterFile);
let service: Service;
let desk: Awaited<ReturnType<typeof startParrot>>;
let redisPort: number;
let store: Redis;
const answers: string[] = [];
const tenantsFile = (): string => join(folder, 'tenants.yaml');

beforeAll(async () => {
  mkdirSync(join(folder, 'knowledge'));
  writeFileSync(
    join(folder, 'knowledge/vpn.md'),
    `# VPN drops ${texts.knowledge}\n\nThe VPN drops. ${texts.knowledge}\n`,
  );
  writeFileSync(join(folder, 'token'), `${secrets.token}\n`);
  desk = await startParrot(400);
  const redis = await forFile(startNetworkRedis({ password: secrets.redis }), (opened) => opened.stop());
  ({ admin: store, port: redisPort } = redis);
  const webhook = `
      standard_webhooks: { secrets: ["env:CANARY_WEBHOOK"] }
      servicedesk_signature: { secrets: ["env:CANARY_WEBHOOK"] }
      static_token: { header: x-canary-token, secrets: ["file:${join(folder, 'token')}"] }`;
  writeFileSync(
    tenantsFile(),
    `tenants:
  - id: acme
    name: Acme
    webhook:${webhook}
    desk: { type: servicedesk-plus, base_url: "${desk.url}", credential: "env:CANARY_DESK", allow_private_network: true }
    notes: { when_nothing_found: short }
  - id: globex
    name: Globex
    webhook:${webhook}
    desk: { type: local }
    notes: { when_nothing_found: short }
    knowledge: { path: ./knowledge }
`,
  );
  const starting = startService({
    env: {
      ...oneEach,
      TENANTS_FILE: tenantsFile(),
      CANARY_WEBHOOK: secrets.webhook,
      CANARY_DESK: secrets.credential,
      LLM_BASE_URL: await startBabbler(),
      LLM_MODEL: 'parrot',
      LLM_API_KEY: secrets.modelKey,
      METRICS_BEARER_TOKEN: secrets.scrape,
      ADMIN_TOKEN: secrets.admin,
      REDIS_URL: `redis://:${secrets.redis}@127.0.0.1:${redisPort}`,
      LOG_LEVEL: 'trace',
      NODE_OPTIONS: `--import=${crashes}`,
    },
  });
  service = await forFile(starting, (opened) => opened.destroy());
});

async function send(path: string, body: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(`${service.webhooks}${path}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      cookie: strays.cookie,
      authorization: `Bearer ${strays.authorization}`,
      'x-correlation-id': strays.path,
      ...headers,
    },
  });
  answers.push(`${JSON.stringify([...response.headers])} ${await response.text()}`);
  return response.status;
}

const canaryTicket = (fields: object = {}): string =>
  JSON.stringify(
    ticket({
      subject: `VPN drops ${texts.subject}`,
      description: `The VPN drops, says ${texts.mail}: ${texts.description}`,
      ...fields,
    }),
  );
const webhooks = '/webhook/servicedesk';

/** All that Redis holds, a text for each key. */
async function stored(): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const key of await store.keys('*')) {
    const type = await store.type(key);
    const read: Record<string, () => Promise<unknown>> = {
      string: () => store.get(key),
      hash: () => store.hgetall(key),
      list: () => store.lrange(key, 0, '-1'),
      zset: () => store.zrange(key, 0, '-1'),
      set: () => store.smembers(key),
      stream: () => store.xrange(key, '-', '+'),
    };
    all.set(key, JSON.stringify(await read[type]?.()));
  }
  return all;
}

describe('whatever goes wrong', () => {
  it('is provoked', async () => {
    const body = canaryTicket();
    const by = (text: string) => serviceDeskSignature(text, secrets.webhook);
    expect(await send(webhooks, body, { 'x-servicedesk-signature': secrets.webhook })).toBe(401);
    expect(await send(webhooks, body, { 'x-desk-token': secrets.token, authorization: secrets.token })).toBe(401);
    expect(await send(webhooks, body, { ...standardWebhook(body, { key: 'x' }), 'webhook-id': secrets.webhook })).toBe(
      401,
    );
    const malformed = `{"${strays.json}": ${strays.json}`;
    expect(await send(webhooks, malformed, by(malformed))).toBe(400);
    expect(await send(`/${strays.path}?token=${secrets.token}`, body, {})).toBe(404);
    for (const field of ['event', 'ticket_id', 'priority', 'created_at', 'correlation_id']) {
      const wrong = canaryTicket({ [field]: `${texts.description} ${texts.mail}`, [strays.json]: 1 });
      expect(await send(webhooks, wrong, by(wrong))).toBe(field === 'ticket_id' ? 422 : 202);
    }
    const resolved = JSON.stringify({
      tenant_id: 'globex',
      ticket_id: 'OLD',
      subject: `VPN drops ${texts.subject}`,
      description: `The VPN drops: ${texts.description}`,
      resolution: `Changed the VPN: ${texts.resolution}`,
      resolved_at: '2026-11-20T10:00:00Z',
    });
    expect(await send(`${webhooks}/resolved-ticket`, resolved, { 'x-canary-token': secrets.token })).toBe(202);
    // To a desk that quotes its credential, and with a model that quotes the ticket.
    for (const tenant_id of ['acme', 'globex']) {
      const signed = canaryTicket({ tenant_id, ticket_id: 'T-1' });
      expect(await send(webhooks, signed, { 'x-canary-token': secrets.token })).toBe(202);
    }
    await until('acme’s job has failed', () => /"outcome":"failure"/.test(service.output()));
    await until('globex has its note', async () => {
      return (await service.ask('/desk/globex/tickets/T-1')).ok;
    });
    expect(desk.asked()).toBeGreaterThan(0);
    await service.logged(/language model failed/);

    const [child] = (await service.children()).filter(({ role }) => role === 'worker');
    process.kill(child?.pid ?? 0, 'SIGUSR2');
    await service.logged(/the child failed and exits/);
    // Its end is logged before the primary knows of it.
    await until('it was replaced', async () =>
      (await service.children()).every(({ pid, state }) => state === 'ready' && pid !== child?.pid),
    );

    const good = tenantsFile();
    for (const bad of [
      `tenants: [ { id: acme, webhook: { static_token: { header: x, secrets: ["${secrets.token}"] } } } ]`,
      `tenants: *${secrets.webhook}`,
      `tenants:\n  - "${secrets.credential}`,
      `"${secrets.credential}": 1\n"${secrets.credential}": 2`,
    ]) {
      const before = service.output().split('the reload was refused').length;
      writeFileSync(good, bad);
      service.process.kill('SIGHUP');
      await until('the reload was refused', () => service.output().split('the reload was refused').length > before);
      answers.push(JSON.stringify(await service.state()));
    }
  });

  it('no child has a secret in its environment that its role does not need', async () => {
    for (const { role, pid } of await service.children()) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      // NODE_OPTIONS of this test holds what a worker knows.
      const secretOnes = environment.filter((entry) => !entry.startsWith('NODE_OPTIONS=') && found(entry).length > 0);
      expect(secretOnes.map((entry) => entry.slice(0, entry.indexOf('='))).toSorted()).toEqual(
        ['CANARY_DESK', 'CANARY_WEBHOOK', 'REDIS_URL', ...(role === 'worker' ? ['LLM_API_KEY'] : [])].toSorted(),
      );
    }
  });

  it('no log line and no answer to a client has a secret, a text or a stray in it', () => {
    expect(service.output()).toMatch(/crashed holding \[redacted\]/);
    expect(
      service
        .output()
        .split('\n')
        .filter((line) => found(line).length > 0),
    ).toEqual([]);
    expect(answers.length).toBeGreaterThan(10);
    expect(found(answers.join('\n'))).toEqual([]);
  });

  it('nor has anything that the metrics port answers, but the local desk the text of its own tickets', async () => {
    const bearer = { authorization: `Bearer ${secrets.scrape}` };
    for (const [path, headers] of [
      ['/metrics', bearer],
      ['/metrics', { ...bearer, accept: 'application/openmetrics-text' }],
      ['/metrics', { authorization: `Bearer ${secrets.admin}` }],
      ['/', {}],
      ['/status', {}],
      ['/readyz', {}],
      ['/desk/acme/tickets/T-1', {}],
      [`/desk/${strays.path}/tickets/%3Cscript%3E`, {}],
      [`/${strays.path}`, {}],
      ['/%', {}],
    ] as const) {
      const response = await fetch(`${service.metrics}${path}`, { headers });
      expect({ path, found: found(`${JSON.stringify([...response.headers])} ${await response.text()}`) }).toEqual({
        path,
        found: [],
      });
    }
    expect((await (await service.ask('/status')).text()).includes('crashed holding [redacted]')).toBe(true);
    const own = await (await service.ask('/desk/globex/tickets/T-1')).text();
    expect(found(own).sort()).toEqual(Object.values(texts).sort());
  });

  it('Redis holds the text of tickets where it belongs, and no secret at all', async () => {
    const kinds = Object.fromEntries(Object.entries(texts).map(([kind, text]) => [text, kind as keyof typeof texts]));
    const misplaced: string[] = [];
    const seen = new Set<string>();
    for (const [key, content] of await stored()) {
      for (const canary of found(`${key} ${content}`)) {
        seen.add(canary);
        const kind = kinds[canary];
        if (kind === undefined || !belongs[kind].test(key)) misplaced.push(`${canary} in ${key}`);
      }
    }
    expect(misplaced).toEqual([]);
    expect([...seen].sort()).toEqual(Object.values(texts).sort());
  });
});

describe('a start that fails', () => {
  it.each<[string, Record<string, string>]>([
    ['a bad address of Redis', { REDIS_URL: `redis:/${secrets.redis}` }],
    ['a key in an address', { LLM_BASE_URL: `https://me:${secrets.modelKey}@example.com`, LLM_MODEL: 'm' }],
    ['a secret for a number', { HTTP_PORT: '99999', METRICS_BEARER_TOKEN: secrets.scrape, ADMIN_TOKEN: secrets.admin }],
  ])('over %s names it without what it holds', async (_what, env) => {
    const failing = await openService({ env, unready: true });
    expect(await failing.ended).toMatchObject({ code: 78 });
    expect(failing.output()).toMatch(new RegExp(Object.keys(env)[0] ?? ''));
    expect(found(failing.output())).toEqual([]);
  });

  it('does not fail over a misspelt name, and names it without what it holds', async () => {
    const env = { METRICS_BEARER_TOKN: secrets.scrape, LLM_API_KEYS: secrets.modelKey };
    const started = await openService({ env: { ...oneEach, ...env } });
    for (const name of Object.keys(env)) expect(started.output()).toContain(`${name} is not a variable`);
    expect(found(started.output())).toEqual([]);
  });

  it('over a password that Redis does not take does not say which', async () => {
    const url = `redis://:not-${secrets.admin}@127.0.0.1:${redisPort}`;
    const failing = await openService({ env: { ...oneEach, REDIS_URL: url, LOG_LEVEL: 'trace' }, unready: true });
    let readiness = '';
    await until('it says that Redis is away', async () => {
      readiness = (await (await fetch(`${failing.metrics}/readyz`).catch(() => undefined))?.text()) ?? '';
      return /Redis/.test(readiness);
    });
    const status = await (await fetch(`${failing.metrics}/status`)).text();
    await failing.stop('SIGKILL');
    expect(found(`${readiness} ${status} ${failing.output()}`)).toEqual([]);
  });
});
