import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { deskKinds, type TenantDesk } from '../../../src/connectors/desks/index.js';
import { withoutKnownSecrets } from '../../../src/logging/known-secrets.js';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveTenants, resolveTenantsInForce, TenantsError } from '../../../src/tenants/index.js';
import { parseTenantsDocument, readTenantsDocument } from '../../../src/tenants/tenants-file.js';
import { type DeskServer, startDeskServer } from '../../support/desk-server.js';
import { afterTest, temporaryFolder } from '../../support/opened.js';

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

let server: DeskServer;
beforeAll(async () => {
  server = await startDeskServer();
});
afterAll(() => server.close());

const atServer = (yaml: string): string =>
  yaml.replace('base_url: "https://desk.acme.example/"', `base_url: "${server.baseUrl}", allow_private_network: true`);

/** What a desk is shown as the credential, whatever it says to it. */
async function asked(desk: TenantDesk | undefined): Promise<unknown> {
  const before = server.requests.length;
  const probe = desk?.probe({ proxyFor: () => undefined, timeoutMs: 5000 }, new AbortController().signal);
  await probe?.catch((error: unknown) => {
    if (server.requests.length === before) throw error;
  });
  return server.requests.at(-1)?.headers['authtoken'];
}

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
        isLocal: false,
        connect: expect.any(Function),
        probe: expect.any(Function),
        resolved: expect.any(Function),
      },
      knowledge: { path: '/etc/te/kb' },
      llm: { whenUnavailable: 'fallback' },
      priorities: new Map(),
      notes: { language: 'auto', whenNothingFound: 'silent', style: 'full', links: {} },
      limits: { requestsPerMinute: 6000, wordsPerNote: 500 },
    });
    expect(tenants.label('acme')).toBe('acme');
    expect(tenants.label('nobody')).toBe('unknown');
    expect(tenants.label('constructor')).toBe('unknown');
  });

  it('may have the signature of a desk that does not sign, which is said once', () => {
    const yaml = good.replace('static_token', 'desk_signature: { secrets: ["env:S"] }\n      static_token');
    const warnings: string[] = [];
    const tenants = resolveTenants(parseTenantsDocument(yaml, 't.yaml'), sources, (one) => warnings.push(one));
    expect(tenants.get('acme')?.webhook.deskSignature).toBeUndefined();
    expect(warnings).toEqual([
      'Tenant acme (servicedesk-plus): webhook.desk_signature is not used: a desk of that type has no webhook of its own.',
    ]);
  });

  it('has the keys of each desk’s signature, made for its algorithm', () => {
    const secret = 'long '.repeat(20);
    const of = (desk: string) => `tenants:
  - { id: a, name: A, webhook: { desk_signature: { secrets: ["env:S"] } },
      desk: { type: ${desk}, base_url: "https://desk.example", credential: "env:S" } }`;
    const key = (desk: string) => {
      const document = parseTenantsDocument(of(desk), 't.yaml');
      return resolveTenants(document, { env: { S: secret }, readFile: () => '' }).get('a')?.webhook.deskSignature?.[0];
    };
    const body = 'body';
    for (const [desk, algorithm] of [
      ['zammad', 'sha1'],
      ['jira', 'sha256'],
      ['zendesk', 'sha256'],
    ] as const) {
      const [used = ''] = key(desk)?.secrets ?? [];
      const expected = createHmac(algorithm, secret.trim()).update(body).digest('hex');
      expect(createHmac(algorithm, used).update(body).digest('hex')).toBe(expected);
    }
    expect(key('freshservice')?.secrets).toEqual([Buffer.from(secret.trim())]);
  });

  it('may be JSON', () => {
    const json =
      '{"tenants":[{"id":"a","name":"A","webhook":{"servicedesk_signature":{"secrets":["env:S"]}},"desk":{"type":"local"}}]}';
    expect(parseTenantsDocument(json, 'tenants.json').tenants).toHaveLength(1);
  });

  const noReference = 'must be a reference, env:NAME or file:/path, never the secret itself.';
  it.each<[string, string, string | RegExp]>([
    ['empty', '', 'Line 1: the file is empty, and must be a mapping of keys to values.'],
    ['text', 'hello', 'Line 1: the file must be a mapping of keys to values.'],
    ['without tenants', '{}', 'Line 1: tenants is missing.'],
    [
      'that is another file',
      'name: a\nversion: 1\nlicense: MIT\nmain: x',
      'This is not a tenants file: it has no list `tenants`. Name another file.',
    ],
    ['with an empty list', 'tenants: []', 'Line 1: tenants names no tenant.'],
    ['with a mapping instead of the list', 'tenants:\n  acme: {}', 'Line 1: tenants must be a list.'],
    ['with a tenant that is text', `${good}  - globex`, 'Line 9: the 2nd tenant must be a mapping of keys to values.'],
    [
      'with a stranger beside the list',
      `${good}version: 2`,
      'Line 9: version is not a key that is known here; the keys are tenants.',
    ],
    [
      'with our own note in it',
      `${good}baseFolder: /`,
      'Line 9: baseFolder is not a key that is known here; the keys are tenants.',
    ],
    [
      'with a literal secret',
      good.replace('"env:S", "file:/run/s"', '"env:S", "canary"'),
      `Line 5, tenant acme: the 2nd of webhook.standard_webhooks.secrets ${noReference}`,
    ],
    [
      'with a literal credential',
      good.replace('env:T', 'canary'),
      `Line 7, tenant acme: desk.credential ${noReference}`,
    ],
    [
      'with notes in a language that there are no words in',
      `${good}    language: sv\n`,
      'Line 9, tenant acme: language must be auto or one of en, de, es, fr, it, pt, nl, pl, zh, ja.',
    ],
    ...[
      [
        'that is a script',
        'javascript:alert("{id}")',
        'must be an http:// or https:// address without a user or password',
      ],
      [
        'with a password',
        'https://me:pw@kb.example/{id}',
        'must be an http:// or https:// address without a user or password',
      ],
      ['without an id', 'https://kb.example/', 'must hold {id}, behind the host'],
      ['with the id in its host', 'https://{id}.kb.example/{id}', 'must hold {id}, behind the host'],
    ].map(([what, link, problem]): [string, string, string] => [
      `with a link ${what}`,
      `${good}    links: { article: ${JSON.stringify(link)} }\n`,
      `Line 9, tenant acme: links.article ${problem}.`,
    ]),
    [
      'with three secrets',
      good.replace('"env:S", "file:/run/s"', '"env:A", "env:B", "env:C"'),
      'Line 5, tenant acme: webhook.standard_webhooks.secrets takes two secrets at most, newest first.',
    ],
    [
      'with one secret where a list is wanted',
      good.replace('["env:S", "file:/run/s"]', '"env:S"'),
      'Line 5, tenant acme: webhook.standard_webhooks.secrets must be a list.',
    ],
    [
      'without a scheme',
      good.replace(/standard_webhooks.*\n.*static_token.*/, '{}'),
      'Line 4, tenant acme: webhook needs at least one of standard_webhooks, servicedesk_signature, static_token and desk_signature.',
    ],
    ...['Authorization', 'X-Forwarded-For', 'User-Agent'].map((header): [string, string, string] => [
      `with the header ${header}`,
      good.replace('X-Token', header),
      'Line 6, tenant acme: webhook.static_token.header is a header that has a meaning of its own; choose another.',
    ]),
    [
      'with a header that is none',
      good.replace('X-Token', 'x token'),
      'Line 6, tenant acme: webhook.static_token.header is not an HTTP header name.',
    ],
    [
      'with a password in an address',
      good.replace('https://desk', 'https://me:canary@desk'),
      'Line 7, tenant acme: desk.base_url must not contain a user or password; credential is for that.',
    ],
    [
      'with another address',
      good.replace('https://desk', 'desk'),
      'Line 7, tenant acme: desk.base_url must be an http:// or https:// address.',
    ],
    [
      'with a query after the address',
      good.replace('desk.acme.example/', 'desk.acme.example/app/itdesk/?portal=1'),
      'Line 7, tenant acme: desk.base_url must end before ?, # and /api/v3; write https://desk.acme.example/app/itdesk.',
    ],
    [
      'with a fragment after the address',
      good.replace('desk.acme.example/', 'desk.acme.example/#/requests'),
      'Line 7, tenant acme: desk.base_url must end before ?, # and /api/v3; write https://desk.acme.example.',
    ],
    [
      'with the path of the API',
      good.replace('desk.acme.example/', 'desk.acme.example/app/itdesk/api/v3/'),
      'Line 7, tenant acme: desk.base_url must end before ?, # and /api/v3; write https://desk.acme.example/app/itdesk.',
    ],
    [
      'with a refresh token beside a credential',
      good.replace(
        'base_url',
        'deployment: cloud, oauth: { client_id: "env:A", client_secret: "env:B", refresh_token: "env:C" }, base_url',
      ),
      'Line 7, tenant acme: desk.oauth and credential exclude each other; keep one.',
    ],
    [
      'with a refresh token on-premises',
      good.replace(
        'credential: "env:T"',
        'oauth: { client_id: "env:A", client_secret: "env:B", refresh_token: "env:C" }',
      ),
      'Line 7, tenant acme: desk.oauth is for deployment: cloud.',
    ],
    [
      'with an unknown data centre',
      good.replace(
        'credential: "env:T"',
        'oauth: { client_id: "env:A", client_secret: "env:B", refresh_token: "env:C", data_center: mars }, deployment: cloud',
      ),
      'Line 7, tenant acme: desk.oauth.data_center must be us or eu or in or au or ca or jp or sa or cn or uk.',
    ],
    [
      'without a credential',
      good.replace(', credential: "env:T"', ''),
      'Line 7, tenant acme: desk.credential is missing.',
    ],
    [
      'without an address',
      good.replace('base_url: "https://desk.acme.example/", ', ''),
      'Line 7, tenant acme: desk.base_url is missing.',
    ],
    [
      'with an unknown desk',
      good.replace('servicedesk-plus', 'another'),
      `Line 7, tenant acme: desk.type must be ${deskKinds.map(({ type }) => type).join(' or ')}.`,
    ],
    [
      'with an unknown deployment',
      good.replace('base_url', 'deployment: moon, base_url'),
      'Line 7, tenant acme: desk.deployment must be on-premises or cloud.',
    ],
    [
      'with a bad id',
      good.replace('id: acme', 'id: Acme Corp'),
      'Line 2, the 1st tenant: id must be 1 to 32 of a-z, 0-9, _ and -, and begin with a letter or digit.',
    ],
    ['without an id', good.replace('id: acme\n    ', ''), 'Line 2, the 1st tenant: id is missing.'],
    [
      'with the id of strangers',
      good.replace('id: acme', 'id: unknown'),
      'Line 2, tenant unknown: id is the metric label of unknown tenants; choose another.',
    ],
    [
      'with an id twice',
      `${good}${good.replace('tenants:\n', '')}`,
      'Line 9, tenant acme: id is that of another tenant above; give each its own.',
    ],
    [
      'with a number for a name',
      good.replace('Acme', '5'),
      'Line 3, tenant acme: name must be a string, which is written in quotation marks here.',
    ],
    ['with an empty name', good.replace('Acme', '""'), 'Line 3, tenant acme: name must not be empty.'],
    [
      'with a long name',
      good.replace('Acme', 'x'.repeat(201)),
      'Line 3, tenant acme: name must have at most 200 characters.',
    ],
    ['with a word for a switch', `${good}    active: maybe`, 'Line 9, tenant acme: active must be true or false.'],
    [
      'with nothing below a key',
      `${good}    history:`,
      'Line 9, tenant acme: history is empty, and must be a mapping of keys to values.',
    ],
    [
      'with a history that is nowhere',
      `${good}    history: {}`,
      'Line 9, tenant acme: history needs path, or search with url and index.',
    ],
    [
      'with a history in a file and in a search engine',
      `${good}    history: { path: x.jsonl, search: opensearch, url: "https://search.example", index: tickets }`,
      'Line 9, tenant acme: history has both path and search; tickets of a file are not put into an engine.',
    ],
    [
      'with a search engine without an index',
      `${good}    history: { search: opensearch, url: "https://search.example" }`,
      'Line 9, tenant acme: history.index is missing.',
    ],
    [
      'with a password in the address of a search engine',
      `${good}    history: { search: opensearch, url: "https://elastic:secret@search.example", index: tickets }`,
      'Line 9, tenant acme: history.url must not contain a user or password; credential is for that.',
    ],
    [
      'with an index that is a path',
      `${good}    history: { search: opensearch, url: "https://search.example", index: "../_all" }`,
      'Line 9, tenant acme: history.index must be 1 to 200 of a-z, 0-9, ".", _ and -, and begin with a letter or digit.',
    ],
    [
      'with the credential of a search engine that is not named',
      `${good}    history: { path: x.jsonl, credential: "env:X" }`,
      'Line 9, tenant acme: history has settings of a search engine, but not search: opensearch.',
    ],
    [
      'with a limit that is none',
      `${good}    limits: { words_per_note: 3 }`,
      'Line 9, tenant acme: limits.words_per_note must be a whole number from 50 to 5000.',
    ],
    [
      'with a misspelt key',
      good.replace('knowledge:', 'knowlege:'),
      'Line 8, tenant acme: knowlege is not a key that is known here; did you mean "knowledge"?',
    ],
    [
      'with a misspelt key deeper down',
      `${good}    limits: { word_per_note: 100 }`,
      'Line 9, tenant acme: limits.word_per_note is not a key that is known here; did you mean "words_per_note"?',
    ],
    [
      'with priorities that are a list',
      `${good}    priorities: [P1]`,
      'Line 9, tenant acme: priorities must be a mapping of keys to values.',
    ],
    [
      'with a priority that there is not',
      `${good}    priorities: { P1: urgent }`,
      'Line 9, tenant acme: priorities.P1 must be low, medium, high or critical.',
    ],
    [
      'with one name for two priorities',
      `${good}    priorities: { "P 1": high, "p-1": low }`,
      'Line 9, tenant acme: priorities.p-1 is the name of another priority above, written otherwise.',
    ],
    [
      'with too many names of priorities',
      `${good}    priorities: {${Array.from({ length: 201 }, (_, i) => `n${i}: low`).join(', ')}}`,
      'Line 9, tenant acme: priorities must have at most 200 entries.',
    ],
    [
      'with an unknown key',
      `${good}    limits: { burst: 100 }`,
      'Line 9, tenant acme: limits.burst is not a key that is known here; the keys are requests_per_minute, words_per_note.',
    ],
    [
      'with a prototype',
      `${good}__proto__: { polluted: 1 }`,
      'Line 9: __proto__ is not a key that is known here; the keys are tenants.',
    ],
    ['that is not YAML', 'tenants: [', /^Line 1 is not valid YAML: [^\n]*\.$/],
    ['with tabs', 'tenants:\n\t- id: a', 'Line 2 is not valid YAML: Tabs are not allowed as indentation.'],
    [
      'with an alias of nothing, which may be a secret',
      'x-one: &one { a: 1 }\ntenants:\n  - *one\n  - *s3cret',
      'Line 4 has an alias (*) without an anchor (&) of that name above it. Put a text that begins with * between quotation marks.',
    ],
    ['with a text that the parser quotes', 'tenants: !e!s3cret x', 'Line 1 is not valid YAML: Could not resolve tag.'],
    ['without a comma', 'tenants: ["a" "b"]', 'Line 1 is not valid YAML: Missing , or : between flow sequence items.'],
    ['with a key twice', 'tenants: [{ id: a, id: b }]', 'Line 1 is not valid YAML: Map keys must be unique.'],
    [
      'with two documents',
      `${good}---\n${good}`,
      'Line 9 is not valid YAML: A second document begins; put all tenants into one list and take out the "---".',
    ],
    [
      'with aliases without end',
      `a: &a [x]\nb: &b [${'*a,'.repeat(40)}]\nc: &c [${'*b,'.repeat(40)}]\nd: [${'*c,'.repeat(40)}]`,
      /^The file cannot be read/,
    ],
    [
      'with a prototype in a tenant',
      good.replace('    name:', '    __proto__: { polluted: 1 }\n    name:'),
      /^Line 3, tenant acme: __proto__ is not a key/,
    ],
    [
      'with a merged prototype',
      good.replace('    name:', '    "<<": { __proto__: { polluted: 1 } }\n    name:'),
      /^Line 3, tenant acme: << is not a key/,
    ],
  ])('%s is refused in a sentence', (_what, yaml, problem) => {
    expect(problems(yaml)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('names every error, in the order of the file', () => {
    const bad = good.replace('webhook:', 'webhok:').replace('knowledge', 'knowlege').replace('env:T', 'canary');
    expect(problems(`${bad}${good.replace('tenants:\n', '').replace('Acme', '""')}`)).toEqual([
      'Line 2, tenant acme: webhook is missing.',
      'Line 4, tenant acme: webhok is not a key that is known here; did you mean "webhook"?',
      `Line 7, tenant acme: desk.credential ${noReference}`,
      'Line 8, tenant acme: knowlege is not a key that is known here; did you mean "knowledge"?',
      'Line 9, tenant acme: id is that of another tenant above; give each its own.',
      'Line 10, tenant acme: name must not be empty.',
    ]);
  });

  it('names every secret that is missing', () => {
    const missing = {
      env: {},
      readFile: (): string => {
        throw new Error('ENOENT');
      },
    };
    expect(() => resolveTenants(parseTenantsDocument(good, 't.yaml'), missing)).toThrow(
      /Tenant acme, webhook.standard_webhooks.secrets: the environment variable S is not set; set it .*\.\n.*the file \/run\/s cannot be read \(ENOENT\); .*\n[^]*desk.credential: the environment variable T is not set/,
    );
  });

  it('serve in a child although a desk’s credential cannot be read at the moment', async () => {
    const sources = { env: { S: 'one', W: 'two' }, readFile: () => 'one' };
    const document = parseTenantsDocument(good, 't.yaml');
    expect(() => resolveTenants(document, sources)).toThrow(/desk.credential: the environment variable T is not set/);
    const desk = resolveTenantsInForce(document, sources).get('acme')?.desk;
    await expect(asked(desk)).rejects.toThrow('the environment variable T is not set');
  });

  it('keep a desk’s credential out of the log of a child that has not used it yet', () => {
    const sources = { env: { S: 'one', W: 'two', T: 'not-asked-for-yet' }, readFile: () => 'one' };
    resolveTenantsInForce(parseTenantsDocument(good, 't.yaml'), sources);
    expect(withoutKnownSecrets('holding not-asked-for-yet')).toBe('holding [redacted]');
  });

  it.each([
    [
      'nothing after whsec_',
      'whsec_',
      'standard_webhooks',
      /secret env:S begins with whsec_, but what follows is not base64/,
    ],
    ['no base64 after whsec_', 'whsec_!!!!', 'standard_webhooks', /begins with whsec_/],
    [
      'a token with a line in it',
      'canary\nb',
      'static_token',
      /secrets: env:S holds more than one line; write one secret/,
    ],
    ['a secret of two lines', 'canary\r\nb', 'servicedesk_signature', /env:S holds more than one line/],
    ['a secret of blanks', ' \r\n\uFEFF', 'servicedesk_signature', /env:S holds nothing but blanks/],
    ['a token with a control character in it', 'can\tary', 'static_token', /secret env:S cannot be a static token/],
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

  it.each([
    'canary-secret\r',
    ' canary-secret',
    'canary-secret\n\n',
    '\uFEFFcanary-secret\n',
    '\tcanary-secret \r\n',
    '"canary-secret"',
    "'canary-secret'\n",
  ])(
    'has secrets without the blanks and quotation marks around them, and says so once, without the value: %j',
    async (written) => {
      const yaml = `tenants:
  - id: a
    name: A
    webhook:
      servicedesk_signature: { secrets: ["file:/run/s"] }
      static_token: { header: x-t, secrets: ["file:/run/s", "env:S"] }
    desk: { type: servicedesk-plus, base_url: "${server.baseUrl}", credential: "env:S", allow_private_network: true }`;
      const warnings: string[] = [];
      const sources = { env: { S: `${written}\r` }, readFile: () => `${written}\n\n` };
      const document = parseTenantsDocument(yaml, 't.yaml');
      const tenant = resolveTenants(document, sources, (sentence) => warnings.push(sentence)).get('a');
      expect(tenant?.webhook.servicedeskSignature?.secrets).toEqual([Buffer.from('canary-secret')]);
      expect(tenant?.webhook.staticToken?.secrets).toEqual([
        Buffer.from('canary-secret'),
        Buffer.from('canary-secret'),
      ]);
      expect(await asked(tenant?.desk)).toBe('canary-secret');
      expect(warnings).toEqual([
        'The secret file:/run/s is used without the blanks, line ends or quotation marks around it; take them out.',
        'The secret env:S is used without the blanks, line ends or quotation marks around it; take them out.',
      ]);
      expect(withoutKnownSecrets(`wrong: ${written}`)).not.toContain('canary-secret');
    },
  );

  it('says nothing of the one line end with which editors end a file', () => {
    const yaml =
      'tenants: [{id: a, name: A, webhook: {servicedesk_signature: {secrets: ["file:/run/s"]}}, desk: {type: local}}]';
    const warnings: string[] = [];
    const sources = { env: {}, readFile: () => 'canary-secret\n' };
    resolveTenants(parseTenantsDocument(yaml, 't.yaml'), sources, (sentence) => warnings.push(sentence));
    expect(warnings).toEqual([]);
  });

  it.each([
    ['with a byte order mark and CRLF', Buffer.from(`\uFEFF${good.replaceAll('\n', '\r\n')}`), undefined],
    ['in UTF-16', Buffer.from(`\uFEFF${good}`, 'utf16le'), /The file is UTF-16; save it as UTF-8\./],
    ['in Latin-1', Buffer.from('tenants: [{name: Müller}]', 'latin1'), /The file is not UTF-8; save it as UTF-8\./],
  ])('is read %s, or refused in a sentence', (_how, bytes, sentence) => {
    const file = join(temporaryFolder(), 't.yaml');
    writeFileSync(file, bytes);
    if (sentence) expect(() => readTenantsDocument(file)).toThrow(sentence);
    else expect(readTenantsDocument(file).tenants.map(({ id }) => id)).toEqual(['acme']);
  });

  it('may have what several tenants share in one place, as compose files have it', () => {
    const yaml = `x-defaults: &defaults
  webhook: { servicedesk_signature: { secrets: ["env:S"] } }
  desk: { type: local }
tenants:
  - { <<: *defaults, id: one, name: One }
  - <<: *defaults
    id: two
    name: Two
    desk: { type: local, unknown: 1 }
`;
    expect(problems(yaml)).toEqual([expect.stringMatching(/^Line 9, tenant two: desk\.unknown is not a key/)]);
    const { tenants } = parseTenantsDocument(yaml.replace(', unknown: 1', ''), 'tenants.yaml');
    expect(tenants.map(({ id, desk }) => [id, desk.type])).toEqual([
      ['one', 'local'],
      ['two', 'local'],
    ]);
  });

  it('may have its secrets in .env', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.env'), 'TE_TEST_SECRET=from-the-file\n');
    const yaml =
      'tenants: [{id: a, name: A, webhook: {servicedesk_signature: {secrets: ["env:TE_TEST_SECRET"]}}, desk: {type: local}}]';
    const before = process.cwd();
    afterTest(() => process.chdir(before));
    process.chdir(folder);
    const tenants = resolveTenants(parseTenantsDocument(yaml, 't.yaml'));
    expect(tenants.get('a')?.webhook.servicedeskSignature?.secrets).toEqual([Buffer.from('from-the-file')]);
  });

  it('has a desk credential that is read at each use, and redacted in every form it ever had', async () => {
    const files = new Map([['/run/t', 'first-token\n']]);
    const readFile = (path: string): string => {
      const text = files.get(path);
      if (text === undefined) throw new Error('ENOENT');
      return text;
    };
    const yaml = atServer(good).replace('env:T', 'file:/run/t');
    const sources = {
      env: { S: 'one', W: 'two' },
      readFile: (path: string) => (path === '/run/t' ? readFile(path) : 'one'),
    };
    const desk = resolveTenants(parseTenantsDocument(yaml, 't.yaml'), sources).get('acme')?.desk;
    expect(await asked(desk)).toBe('first-token');
    files.set('/run/t', 'renewed-token');
    expect(await asked(desk)).toBe('renewed-token');
    files.delete('/run/t');
    await expect(asked(desk)).rejects.toThrow('the file /run/t cannot be read');
    expect(withoutKnownSecrets('first-token renewed-token')).toBe('[redacted] [redacted]');
  });

  it('of the demo has no secrets in production, not even as a copy', () => {
    const production = { env: { NODE_ENV: 'production' }, readFile: () => '' };
    expect(() => resolveTenants(readTenantsDocument(undefined), production)).toThrow(
      /Tenant acme, webhook.standard_webhooks.secrets: the environment variable DEMO_ACME_WEBHOOK_SECRET is not set/,
    );
  });

  it('is built in for the demo', () => {
    const tenants = resolveTenants(readTenantsDocument(undefined), { env: {}, readFile: () => '' });
    expect(tenants.all().map(({ id }) => id)).toEqual(['acme', 'globex']);
    expect(tenants.get('globex')?.webhook.staticToken?.secrets).toEqual([Buffer.from('demo-secret-globex')]);
  });

  it('that is not there is told', () => {
    expect(() => readTenantsDocument('/nowhere/t.yaml')).toThrow(
      /\/nowhere\/t.yaml is not valid:\n  - There is no such file. Correct the path/,
    );
  });
});
