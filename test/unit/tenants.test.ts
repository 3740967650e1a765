import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTenantsDocument, readTenantsDocument, resolveTenants, TenantsError } from '../../src/tenants/index.js';

function problems(yaml: string): readonly string[] {
  try {
    parseTenantsDocument(yaml, 'tenants.yaml');
  } catch (error) {
    if (error instanceof TenantsError) return error.problems;
    throw error;
  }
  return [];
}

const good = `tenants:
  - id: acme
    name: Acme
    webhook:
      standard_webhooks: { secrets: ["env:S", "file:/run/s"] }
      static_token: { header: X-Token, secrets: ["env:S"] }
    desk: { type: servicedesk-plus, base_url: "https://desk.acme.example/", credential: "env:T" }
    knowledge: { path: ./kb }
`;
const sources = { env: { S: 'one', T: 'desk' }, readFile: () => 'two\n' };

describe('a tenants file', () => {
  it('becomes tenants, with defaults and resolved secrets', () => {
    const tenants = resolveTenants({ ...parseTenantsDocument(good, '/etc/te/tenants.yaml') }, sources);
    expect(tenants.get('acme')).toEqual({
      id: 'acme',
      name: 'Acme',
      active: true,
      webhook: {
        standardWebhooks: { secrets: [Buffer.from('one'), Buffer.from('two')] },
        staticToken: { header: 'x-token', secrets: [Buffer.from('one')] },
      },
      desk: {
        type: 'servicedesk-plus',
        baseUrl: 'https://desk.acme.example',
        deployment: 'on-premises',
        credential: 'desk',
        allowPrivateNetwork: false,
      },
      knowledge: { path: '/etc/te/kb' },
      llm: {},
      limits: { requestsPerMinute: 6000, wordsPerNote: 500 },
    });
    expect(tenants.label('acme')).toBe('acme');
    expect(tenants.label('nobody')).toBe('unknown');
    expect(tenants.label('constructor')).toBe('unknown');
  });

  it('may be JSON', () => {
    const json =
      '{"tenants":[{"id":"a","name":"A","webhook":{"servicedesk_signature":{"secrets":["env:S"]}},"desk":{"type":"local"}}]}';
    expect(parseTenantsDocument(json, 'tenants.json').tenants).toHaveLength(1);
  });

  it.each([
    ['not YAML', 'tenants: [', /^line \d/],
    ['empty', '', /^the whole: |expected/],
    ['no tenant', 'tenants: []', /^line 1, tenants: names no tenant$/],
    [
      'a literal secret',
      good.replace('"env:S", "file:/run/s"', '"hunter2"'),
      /^line 5, .*secrets.0: must be a reference, env:NAME or file:\/path, never the secret itself$/,
    ],
    [
      'three secrets',
      good.replace('"env:S", "file:/run/s"', '"env:A", "env:B", "env:C"'),
      /^line 5, .*two secrets at most/,
    ],
    ['no scheme', good.replace(/standard_webhooks.*\n.*static_token.*/, '{}'), /webhook: needs at least one of/],
    [
      'a header with a meaning of its own',
      good.replace('X-Token', 'Authorization'),
      /^line 6, .*header: is a header that has a meaning of its own/,
    ],
    [
      'a header that proxies write',
      good.replace('X-Token', 'X-Forwarded-For'),
      /header: is a header that has a meaning/,
    ],
    ['a header of every client', good.replace('X-Token', 'User-Agent'), /header: is a header that has a meaning/],
    ['a header that is none', good.replace('X-Token', 'x token'), /header: is not an HTTP header name/],
    [
      'a password in an address',
      good.replace('https://desk', 'https://me:canary@desk'),
      /base_url: must not hold a user or password/,
    ],
    [
      'aliases without end',
      `a: &a [x]\nb: &b [${'*a,'.repeat(40)}]\nc: &c [${'*b,'.repeat(40)}]\nd: [${'*c,'.repeat(40)}]`,
      /^it cannot be read/,
    ],
    ['a bad id', good.replace('id: acme', 'id: Acme Corp'), /^line 2, tenants.0.id: must be 1 to 32/],
    ['the id of strangers', good.replace('id: acme', 'id: unknown'), /tenants.0.id: is the label/],
    ['an unknown desk', good.replace('servicedesk-plus', 'jira'), /^line 7, .*desk/],
    [
      'a desk without an address',
      good.replace('base_url: "https://desk.acme.example/", ', ''),
      /^line 7, tenants.0.desk.base_url/,
    ],
    ['a misspelt key', good.replace('knowledge:', 'knowlege:'), /knowlege/],
    [
      'an id twice',
      `${good}${good.replace('tenants:\n', '')}`,
      /^line 9, tenants.1.id: there is another tenant with the id acme$/,
    ],
    ['a prototype', `${good}__proto__: { polluted: 1 }\n`, /Unrecognized key: "__proto__"/],
    [
      'a prototype in a tenant',
      good.replace('    name:', '    __proto__: { polluted: 1 }\n    name:'),
      /Unrecognized key: "__proto__"/,
    ],
    ['a merged prototype', good.replace('    name:', '    "<<": { __proto__: { polluted: 1 } }\n    name:'), /"<<"/],
  ])('%s is refused', (_what, yaml, problem) => {
    expect(problems(yaml).join('\n')).toMatch(problem);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('names every error', () => {
    expect(problems(good.replace('acme', 'A').replace('"env:S", "file:/run/s"', '"x"'))).toHaveLength(2);
  });

  it('names every secret that is missing', () => {
    const missing = {
      env: {},
      readFile: (): string => {
        throw new Error('ENOENT');
      },
    };
    expect(() => resolveTenants(parseTenantsDocument(good, 't.yaml'), missing)).toThrow(
      /tenant acme: the environment variable S is not set\n.*the file \/run\/s cannot be read \(ENOENT\)\n[^]*environment variable T is not set/,
    );
  });

  it.each([
    [
      'nothing after whsec_',
      'whsec_',
      'standard_webhooks',
      /secret env:S begins with whsec_, but what follows is not base64/,
    ],
    ['no base64 after whsec_', 'whsec_!!!!', 'standard_webhooks', /begins with whsec_/],
    ['a token with a line in it', 'a\nb', 'static_token', /secret env:S cannot be a static token/],
    ['a token that ends in a space', 'canary ', 'static_token', /cannot be a static token/],
    ['a token outside ASCII', 'schlüssel', 'static_token', /cannot be a static token/],
    ['a token that is too long', 'a'.repeat(257), 'static_token', /cannot be a static token/],
  ])('%s is refused, and not quoted', (_what, secret, scheme, problem) => {
    const header = scheme === 'static_token' ? 'header: x-t, ' : '';
    const yaml = `tenants: [{id: a, name: A, webhook: {${scheme}: {${header}secrets: ["env:S"]}}, desk: {type: local}}]`;
    const document = parseTenantsDocument(yaml, 't.yaml');
    const resolve = () => resolveTenants(document, { env: { S: secret }, readFile: () => '' });
    expect(resolve).toThrow(problem);
    expect(resolve).not.toThrow(/canary/);
  });

  it('has keys that sign as the secrets do, also long ones', () => {
    const secret = 'a secret that is longer than a block of SHA-256, which is 64 bytes, so HMAC hashes it';
    const yaml =
      'tenants: [{id: a, name: A, webhook: {servicedesk_signature: {secrets: ["env:S"]}}, desk: {type: local}}]';
    const tenants = resolveTenants(parseTenantsDocument(yaml, 't.yaml'), { env: { S: secret }, readFile: () => '' });
    const [key] = tenants.get('a')?.webhook.servicedeskSignature?.secrets ?? [];
    const sign = (by: string | Buffer) => createHmac('sha256', by).update('body').digest('hex');
    expect(key).toHaveLength(32);
    expect(sign(key ?? '')).toBe(sign(secret));
  });

  it('may have its secrets in .env', () => {
    const folder = mkdtempSync(join(tmpdir(), 'te-tenants-'));
    writeFileSync(join(folder, '.env'), 'TE_TEST_SECRET=from-the-file\n');
    const yaml =
      'tenants: [{id: a, name: A, webhook: {servicedesk_signature: {secrets: ["env:TE_TEST_SECRET"]}}, desk: {type: local}}]';
    const before = process.cwd();
    try {
      process.chdir(folder);
      const tenants = resolveTenants(parseTenantsDocument(yaml, 't.yaml'));
      expect(tenants.get('a')?.webhook.servicedeskSignature?.secrets).toEqual([Buffer.from('from-the-file')]);
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });

  it('of the demo has no secrets in production, not even as a copy', () => {
    const production = { env: { NODE_ENV: 'production' }, readFile: () => '' };
    expect(() => resolveTenants(readTenantsDocument(undefined), production)).toThrow(
      /tenant acme: the environment variable DEMO_ACME_WEBHOOK_SECRET is not set/,
    );
  });

  it('is built in for the demo', () => {
    const tenants = resolveTenants(readTenantsDocument(undefined), { env: {}, readFile: () => '' });
    expect(tenants.all().map(({ id }) => id)).toEqual(['acme', 'globex']);
    expect(tenants.get('globex')?.webhook.staticToken?.secrets).toEqual([Buffer.from('demo-secret-globex')]);
  });

  it('that is not there is told', () => {
    expect(() => readTenantsDocument('/nowhere/t.yaml')).toThrow(
      /\/nowhere\/t.yaml is not valid:\n  - it cannot be read \(.*ENOENT/,
    );
  });
});
