import { describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadConfig } from '../../../src/config/config.js';
import { ConfigError } from '../../../src/config/config-error.js';
import { configWarnings, reloadable, variablesIn, withEnvFile } from '../../../src/config/environment.js';
import { publicConfig, secretsOf } from '../../../src/config/public-config.js';
import type { Variable } from '../../../src/config/variable-kinds.js';
import { isProduction, variables, withheldFrom } from '../../../src/config/variables.js';
import { temporaryFolder } from '../../support/opened.js';

function problems(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** Of an environment without a `.env` file. */
const warnings = (env: Record<string, string>): string[] => configWarnings(env, join(tmpdir(), 'nowhere'));

describe('configuration', () => {
  it('knows of each secret which children need it', () => {
    for (const [name, { secret, children }] of Object.entries<Variable>(variables)) {
      expect([name, children !== undefined]).toEqual([name, secret !== undefined]);
    }
    expect(withheldFrom('http')).toEqual(['LLM_API_KEY', 'METRICS_BEARER_TOKEN', 'ADMIN_TOKEN']);
    expect(withheldFrom('worker')).toEqual(['METRICS_BEARER_TOKEN', 'ADMIN_TOKEN']);
  });

  it('reads the names of PUBLIC_HOSTS as people write them', () => {
    const config = loadConfig({ PUBLIC_HOSTS: ' Status.Example.com,, enhancer_1 ' });
    expect(config.publicHosts).toEqual(['status.example.com', 'enhancer_1']);
    expect(publicConfig(config).PUBLIC_HOSTS).toBe('status.example.com,enhancer_1');
    expect(publicConfig(loadConfig({})).PUBLIC_HOSTS).toBe('not set');
  });

  it('has the contract’s defaults', () => {
    expect(loadConfig({})).toMatchObject({
      httpHost: '0.0.0.0',
      httpPort: 8080,
      httpProcesses: 2,
      metricsHost: '127.0.0.1',
      metricsPort: 8000,
      workerProcesses: 2,
      workerConcurrency: 10,
      redisUrl: undefined,
      dataDir: resolve('./data'),
      contextTimeoutMs: 30_000,
      llmTimeoutMs: 30_000,
      jobTimeoutMs: 120_000,
      jobAttempts: 4,
      shutdownTimeoutMs: 30_000,
      scrapeTimeoutMs: 2000,
      childStaleMs: 5000,
      childHungMs: 30_000,
      metricsMaxLabelSets: 10_000,
      nodeEnv: undefined,
    });
  });

  it.each([
    [{ HTTP_PORT: '0' }, 'HTTP_PORT must be a whole number from 1 to 65535, and is "0".'],
    [{ HTTP_PORT: '8080.5' }, 'HTTP_PORT must be a whole number from 1 to 65535, and is "8080.5".'],
    [{ WORKER_CONCURRENCY: '-1' }, 'WORKER_CONCURRENCY must be a whole number from 1 to 1000, and is "-1".'],
    [
      { REDIS_URL: 'localhost:6379' },
      'REDIS_URL must be redis://…, rediss://…, redis+cluster://host:port,…, redis+sentinel://host:port,…/name or unix:///path/to/redis.sock.',
    ],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, and is "loud".'],
    [
      { LLM_BASE_URL: 'https://x/v1?key=secret', LLM_MODEL: 'm' },
      'LLM_BASE_URL must end with its path, or with ?api-version=… for Azure, and is "https://x/v1?…".',
    ],
    [
      { LLM_BASE_URL: 'https://x/v1/chat/completions', LLM_MODEL: 'm' },
      'LLM_BASE_URL must end before /chat/completions: https://x/v1, and is "https://x/v1/chat/completions".',
    ],
    [
      {
        LLM_BASE_URL: 'https://a.openai.azure.com/openai/deployments/d/chat/completions?api-version=1',
        LLM_MODEL: 'm',
      },
      'LLM_BASE_URL must end before /chat/completions: https://a.openai.azure.com/openai/deployments/d?api-version=1, and is "https://a.openai.azure.com/openai/deployments/d/chat/completions?…".',
    ],
    [
      { LLM_BASE_URL: 'http://localhost:11434/api/chat', LLM_MODEL: 'm' },
      'LLM_BASE_URL must be the address of the OpenAI-compatible API, which Ollama has at http://localhost:11434/v1, and is "http://localhost:11434/api/chat".',
    ],
    [
      { LLM_API_KEY_HEADER: 'api key' },
      'LLM_API_KEY_HEADER must be the name of a header: letters, digits and hyphens, and is "api key".',
    ],
    [
      { LLM_BASE_URL: 'ftp://x', LLM_MODEL: 'm' },
      'LLM_BASE_URL must be an http:// or https:// address, and is "ftp://x".',
    ],
    [
      { LLM_BASE_URL: 'http://x' },
      'LLM_BASE_URL is set, but LLM_MODEL is not. Name the model, or unset both for extractive notes.',
    ],
    [
      { HTTP_PROCESSES: '0', WORKER_PROCESSES: '0' },
      'HTTP_PROCESSES and WORKER_PROCESSES are both 0, which leaves nothing to run. Set one of them.',
    ],
    [
      { LLM_BASE_URL: 'https://me:canary@llm.example/v1', LLM_MODEL: 'm' },
      'LLM_BASE_URL must not contain a user or password; the key has a variable of its own, and is "https://…@llm.example/v1".',
    ],
    [{ HTTP_PORT: '8000' }, 'HTTP_PORT and METRICS_PORT are both 8000. Give them different ports.'],
    [{ CHILD_HUNG_MS: '1000' }, 'CHILD_HUNG_MS (1000) must be more than CHILD_STALE_MS (5000).'],
    [
      { HTTPS_PROXY: 'socks5://me:canary@proxy.example:1080' },
      'HTTPS_PROXY must be the http:// or https:// address of a proxy, host:port, with nothing behind it.',
    ],
    [
      { PUBLIC_HOSTS: 'a.example, https://b.example' },
      'PUBLIC_HOSTS must be host names with commas between, without scheme, port and path, and is "a.example, https://b.example".',
    ],
    [
      { PUBLIC_HOSTS: 'a.example:8000' },
      'PUBLIC_HOSTS must be host names with commas between, without scheme, port and path, and is "a.example:8000".',
    ],
    [
      { NODE_ENV: 'production' },
      'NODE_ENV is production, and the demo tenants have well-known secrets. Set TENANTS_FILE (docs/tenants.md).',
    ],
  ])('%j is refused', (env, sentence) => {
    expect(problems(env)).toEqual([sentence]);
  });

  it('names every problem at once', () => {
    expect(problems({ HTTP_PORT: 'x', METRICS_PORT: 'y', WORKER_PROCESSES: '-1' })).toHaveLength(3);
  });

  it.each([
    ['HTTPS_PORT', 'HTTPS_PORT is not a variable of this service and is ignored. Did you mean HTTP_PORT?'],
    ['REDIS_URI', 'REDIS_URI is not a variable of this service and is ignored. Set REDIS_URL instead.'],
    ['REDIS_URL_FILE', 'REDIS_URL_FILE is not a variable of this service and is ignored. Set REDIS_URL instead.'],
    ['REDIS_TLS_URL', 'REDIS_TLS_URL is not a variable of this service and is ignored. Set REDIS_URL instead.'],
    ['VALKEY_HOST', 'VALKEY_HOST is not a variable of this service and is ignored. Set REDIS_URL instead.'],
    ['REDISCLOUD_URL', 'REDISCLOUD_URL is not a variable of this service and is ignored. Set REDIS_URL instead.'],
    ['OPENAI_MODEL', 'OPENAI_MODEL is not a variable of this service and is ignored. Set LLM_MODEL instead.'],
    ['LLM_PROVIDER', 'LLM_PROVIDER is not a variable of this service and is ignored.'],
    ['HTTP_PROCESES', 'HTTP_PROCESES is not a variable of this service and is ignored. Did you mean HTTP_PROCESSES?'],
    ['TENANT_FILE', 'TENANT_FILE is not a variable of this service and is ignored. Did you mean TENANTS_FILE?'],
    ['PORT', 'PORT is not a variable of this service and is ignored. Set HTTP_PORT instead.'],
    ['REDIS_HOST', 'REDIS_HOST is not a variable of this service and is ignored. Set REDIS_URL instead.'],
    ['OPENAI_API_KEY', 'OPENAI_API_KEY is not a variable of this service and is ignored. Set LLM_API_KEY instead.'],
    ['METRICS_TOKEN', 'METRICS_TOKEN is not a variable of this service and is ignored. Did you mean METRICS_HOST?'],
  ])('warns of %s, which only resembles one of ours, and starts', (name, sentence) => {
    expect(problems({ [name]: '443' })).toEqual([]);
    expect(warnings({ [name]: '443' })).toEqual([sentence]);
  });

  it('warns once of several variables that mean the same one', () => {
    expect(warnings({ REDIS_HOST: 'redis', REDIS_PORT: '6379', REDIS_PASSWORD: 'secret' })).toEqual([
      'REDIS_HOST, REDIS_PORT and REDIS_PASSWORD are not variables of this service and are ignored. Set REDIS_URL instead.',
    ]);
  });

  it.each(['REDIS_EXPORTER_LOG_FORMAT', 'REDIS_EXPORTER_ADDR', 'SIDEKIQ_REDIS_URL', 'REDIS_VERSION'])(
    'does not warn of %s, which another program has',
    (name) => {
      expect(warnings({ [name]: '443' })).toEqual([]);
    },
  );

  it.each([
    [
      'http://localhost:11434',
      'most endpoints have their API at /v1. If this one does, set it to http://localhost:11434/v1.',
    ],
    ['http://localhost:11434/api', 'set it to that of the OpenAI-compatible one: http://localhost:11434/v1.'],
    ['https://a.openai.azure.com', 'Set it to https://a.openai.azure.com/openai/v1,'],
    ['https://a.openai.azure.com/openai/deployments/d', '/openai/deployments/d?api-version='],
    ['https://generativelanguage.googleapis.com/v1beta', '/v1beta/openai.'],
    ['https://openrouter.ai/v1', 'https://openrouter.ai/api/v1.'],
  ])('warns of the address %s, with the right form', (url, sentence) => {
    const [warning] = warnings({ LLM_BASE_URL: url });
    expect(warning?.toLowerCase()).toContain(sentence.toLowerCase());
  });

  it.each([
    'https://api.openai.com/v1',
    'https://api.deepseek.com',
    'https://a.openai.azure.com/openai/v1',
    'https://a.openai.azure.com/openai/deployments/d?api-version=2024-10-21',
    'https://generativelanguage.googleapis.com/v1beta/openai/',
    'https://openrouter.ai/api/v1',
    'http://gateway.example/models/api/openai',
  ])('takes the address %s', (url) => {
    expect(problems({ LLM_BASE_URL: url, LLM_MODEL: 'm' })).toEqual([]);
    expect(warnings({ LLM_BASE_URL: url })).toEqual([]);
  });

  it('takes a key without the scheme of its header, which is put before it where it is sent', () => {
    const keyIn = (name: string, value: string) =>
      Object.values(loadConfig({ [name]: value })).find((one) => one === value);
    const sent = ['sk-1', 'Bearer sk-1', 'bearer  sk-1'].map((value) => loadConfig({ LLM_API_KEY: value }).llmApiKey);
    expect(sent).toEqual(['sk-1', 'sk-1', 'sk-1']);
    // Of a token that others present, the configuration of a scraper may have the same text.
    expect(keyIn('METRICS_BEARER_TOKEN', 'Bearer x')).toBe('Bearer x');
  });

  it('takes proxies in either case, and without a scheme, as curl does', () => {
    const env = { HTTP_PROXY: 'upper.example:1', http_proxy: 'lower.example:3128', https_proxy: 'https://p.example' };
    expect(loadConfig({ ...env, no_proxy: 'a,.b' })).toMatchObject({
      httpProxy: 'http://lower.example:3128',
      httpsProxy: 'https://p.example',
      noProxy: 'a,.b',
    });
  });

  it('leaves others’ variables alone', () => {
    const env = {
      PATH: '/bin',
      REDIS_PORT: 'tcp://10.0.0.1:6379',
      REDIS_SERVICE_HOST: '10.0.0.1',
      METRICS_PORT_8000_TCP: 'tcp://10.0.0.1:8000',
      METRICS_SERVICE_HOST: '10.0.0.2',
      LLM_GATEWAY_PORT: 'tcp://10.0.0.3:80',
      JOB_NAME: 'nightly',
      JOB_COMPLETION_INDEX: '0',
      pm_id: '0',
      NODE_APP_INSTANCE: '0',
      npm_config_user_agent: 'npm',
      DATABASE_URL: 'x',
    };
    expect(problems(env)).toEqual([]);
    expect(warnings(env)).toEqual([]);
  });

  it('is not set by a service of Kubernetes that happens to be named like it', () => {
    const env = { METRICS_PORT: 'tcp://10.0.0.1:80', HTTP_PORT: 'tcp://10.0.0.2:80' };
    expect(loadConfig(env)).toMatchObject({ metricsPort: 8000, httpPort: 8080 });
  });

  it('takes the log level in any case, and the short form of production', () => {
    expect(loadConfig({ LOG_LEVEL: 'WARN' }).logLevel).toBe('warn');
    for (const NODE_ENV of ['prod', 'Production']) {
      expect(problems({ NODE_ENV })).toEqual([expect.stringMatching(/^NODE_ENV is production, and the demo tenants/)]);
    }
    expect(loadConfig({ NODE_ENV: 'productive' }).nodeEnv).toBe('productive');
  });

  it('takes an empty variable for none', () => {
    const env = { HTTP_PORT: '', TENANTS_FILE: '', LLM_MODEL: ' \n' };
    expect(loadConfig(env)).toMatchObject({ httpPort: 8080, tenantsFile: undefined, llmModel: undefined });
  });

  it.each([
    { ADMIN_TOKEN: 'canary-token\n', REDIS_URL: ' redis://h\r\n', HTTP_PORT: '8081 ', FOREIGN: ' x ' },
    { ADMIN_TOKEN: '"canary-token"', REDIS_URL: "'redis://h'\n", HTTP_PORT: '" 8081"', FOREIGN: '"x"' },
  ])('takes off what Kubernetes, Docker or an editor leaves around a value, and warns of it: %j', (env) => {
    expect(loadConfig(env)).toMatchObject({ adminToken: 'canary-token', redisUrl: 'redis://h', httpPort: 8081 });
    expect(warnings(env)).toEqual(
      ['HTTP_PORT', 'REDIS_URL', 'ADMIN_TOKEN'].map(
        (name) => `${name} is used without the blanks, line ends or quotation marks around it; take them out.`,
      ),
    );
  });

  it.each(['"', '"canary', 'canary"', '"a","b"', `"canary'`])(
    'keeps a quotation mark that has no second one around it: %s',
    (text) => {
      expect(loadConfig({ ADMIN_TOKEN: text }).adminToken).toBe(text);
      expect(warnings({ ADMIN_TOKEN: text })).toEqual([]);
    },
  );

  it.each(['*', 'http://0.0.0.0', '127.0.0.1:8080', '[::1]:8080', 'a b'])('refuses to listen on %s', (text) => {
    const sentence = 'must be an IP address or a name of this machine, without scheme and port, and is';
    for (const name of ['HTTP_HOST', 'METRICS_HOST']) {
      expect(problems({ [name]: text })).toEqual([expect.stringContaining(`${name} ${sentence} `)]);
    }
  });

  it.each([
    ['[::]', '::'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['localhost', 'localhost'],
  ])('listens on %s', (text, host) => {
    expect(loadConfig({ HTTP_HOST: text, METRICS_HOST: text })).toMatchObject({ httpHost: host, metricsHost: host });
  });

  it('takes the quoted word production for it', () => {
    expect(problems({ NODE_ENV: '"production"' })).toEqual(problems({ NODE_ENV: 'production' }));
    expect(isProduction('"production"')).toBe(true);
  });

  it.each(['LLM_API_KEY', 'METRICS_BEARER_TOKEN', 'ADMIN_TOKEN'])('refuses a %s that no header can carry', (name) => {
    const sentence = `${name} must be one line of printable ASCII, because it is sent in a header.`;
    expect(problems({ [name]: 'canary\nsecond' })).toEqual([sentence]);
    expect(problems({ [name]: 'canary-ü' })).toEqual([sentence]);
    expect(problems({ [name]: 'canary second' })).toEqual([]);
  });

  it('is handed to children as the primary has it: its own variables, those of .env included', () => {
    const env = { HTTP_PORT: ' 8081', LLM_MODEL: '', https_proxy: 'http://p:1', ACME_SECRET: 'x' };
    expect(variablesIn(env)).toEqual({ HTTP_PORT: '8081', HTTPS_PROXY: 'http://p:1' });
  });

  it('reads .env, which the environment overrules', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.env'), 'HTTP_PORT=9999\nMETRICS_PORT=9998\n# comment\n');
    expect(loadConfig(withEnvFile({ HTTP_PORT: '7777' }, folder))).toMatchObject({ httpPort: 7777, metricsPort: 9998 });
    expect(withEnvFile({ A: 'b' }, tmpdir())).toEqual({ A: 'b' });
  });

  it('reads .env with a byte order mark and CRLF, and says what it cannot read', () => {
    const folder = temporaryFolder();
    const file = join(folder, '.env');
    writeFileSync(file, '\uFEFFHTTP_PORT=9999\r\nLLM_MODEL="m 1"\r\nMETRICS_PORT=9998\r\n');
    expect(withEnvFile({}, folder)).toEqual({ HTTP_PORT: '9999', LLM_MODEL: 'm 1', METRICS_PORT: '9998' });
    writeFileSync(file, Buffer.from('\uFEFFHTTP_PORT=9999\r\n', 'utf16le'));
    expect(() => withEnvFile({}, folder)).toThrow(`${file} is UTF-16; save it as UTF-8.`);
  });

  it('is reloaded without what the primary uses at its start alone, of which a change is named', () => {
    const atStart = { HTTP_PORT: '8081', DATA_DIR: 'd', LLM_MODEL: 'a' };
    const { environment, ignored } = reloadable(
      { HTTP_PORT: '8082 ', DATA_DIR: 'd ', LLM_MODEL: 'b', ADMIN_TOKEN: 't' },
      atStart,
    );
    expect(loadConfig(environment)).toMatchObject({ httpPort: 8081, llmModel: 'b', adminToken: undefined });
    expect(ignored).toEqual(['HTTP_PORT', 'ADMIN_TOKEN']);
  });

  it('warns of lines of .env without a variable, and of what Node has read before .env', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.env'), 'HTTP_PORT: 9999\nNODE_EXTRA_CA_CERTS=/ca.pem\nNODE_OPTIONS=--inspect\n');
    expect(configWarnings({ NODE_OPTIONS: '' }, folder)).toEqual([
      'Line 1 of .env is not NAME=value and is ignored.',
      'NODE_EXTRA_CA_CERTS has no effect in .env: Node reads it before that. Set it in the environment.',
    ]);
  });

  it('is shown without its secrets', () => {
    // Every variable that is marked as a secret, also those that are yet to come.
    const forms: Record<string, string> = {
      REDIS_URL: 'redis+sentinel://u:$@h/main',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=$',
      HTTP_PROXY: 'http://u:$@h:3128',
      HTTPS_PROXY: 'http://u:$@h:3128',
    };
    const secrets = Object.entries(variables).flatMap(([name, one]) => ('secret' in one ? [name] : []));
    const env = Object.fromEntries(secrets.map((name) => [name, (forms[name] ?? '$').replace('$', `canary-${name}`)]));
    const config = loadConfig(env);
    const shown = JSON.stringify(publicConfig(config));
    expect(shown).not.toContain('canary');
    for (const name of secrets) expect(shown).toContain(`"${name}":"set"`);
    expect([...new Set(secretsOf(config))].sort()).toEqual(secrets.map((name) => `canary-${name}`).sort());
  });

  it('is shown by variable, in the order of their table, with the value in force', () => {
    const given = { OTEL_RESOURCE_ATTRIBUTES: 'team=desk%20tools,region=eu', CHILD_HUNG_MS: '60000', DATA_DIR: 'd' };
    const shown = publicConfig(loadConfig(given));
    expect(Object.keys(shown)).toEqual(Object.keys(variables));
    expect(shown).toMatchObject({
      OTEL_RESOURCE_ATTRIBUTES: 'team=desk tools,region=eu',
      CHILD_HUNG_MS: 60_000,
      CHILD_STALE_MS: 5000,
      DATA_DIR: resolve('d'),
      LLM_API_KEY: 'not set',
    });
  });

  it.each([
    ['redis://me:canary%21@redis:6379', ['canary%21', 'canary!']],
    ['redis+cluster://:canary@a:7000,b:7001', ['canary', 'canary']],
    ['rediss+sentinel://me:canary@a:26379,b/main?db=1', ['canary', 'canary']],
    ['redis://redis:6379', []],
    ['unix:///run/redis.sock', []],
  ])('knows the password in %s', (url, expected) => {
    expect(secretsOf(loadConfig({ REDIS_URL: url }))).toEqual(expected);
  });
});
