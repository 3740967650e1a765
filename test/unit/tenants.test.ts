import { describe, expect, it } from '@jest/globals';
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
  ])('%s is refused', (_what, yaml, problem) => {
    expect(problems(yaml).join('\n')).toMatch(problem);
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
