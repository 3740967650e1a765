import { describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener } from 'node:http';
import { modelCheck } from '../../../../src/cli/checks/model.js';
import { loadConfig } from '../../../../src/config/config.js';
import { startVendor, type Vendor, vendorKey, type VendorServer, vendors } from '../../../support/model-vendors.js';
import { listenOnFreePort } from '../../../support/http-server.js';
import { redisOfFile } from '../../../support/of-file.js';
import { afterTest, forTest } from '../../../support/opened.js';
import { contextFolder, startWorker, tenant, tenantsOf, ticketJob } from '../../../support/worker.js';

const redis = redisOfFile();

const serve = (vendor: Vendor): Promise<VendorServer> => forTest(startVendor(vendor), (server) => server.close());

const worker = async (server: VendorServer, { model }: Vendor) => {
  const address = { llmBaseUrl: server.baseUrl, llmApiKey: vendorKey, llmModel: model };
  // On a busy machine the first search reads its articles for more than two seconds, and without them no model is asked.
  const config = { ...address, contextTimeoutMs: 10_000, llmTimeoutMs: 20_000, jobTimeoutMs: 60_000 };
  // A model is asked about a ticket only where something is found for it.
  const steps = 'Raise the rekey interval of the VPN, then connect and wait for an hour. '.repeat(12);
  const article = (title: string): string => `# ${title}\n\n${steps}\n`;
  const files = await contextFolder({
    'vpn.md': article('VPN drops every hour'),
    'client.md': article('The VPN client drops its connection'),
    'home.md': article('VPN drops at home'),
  });
  return startWorker(redis, tenantsOf(tenant('acme', { knowledge: { path: files.path('') } })), config);
};

let tickets = 0;
const nextTicket = () => ticketJob({ ticketId: `T${++tickets}` });

const byName = vendors.map((vendor) => [vendor.name, vendor] as const);
/** Azure's header is recognised by its host name, or by its query. */
const headerOf = ({ keyHeader }: Vendor): Record<string, string> =>
  keyHeader === 'api-key' ? { LLM_API_KEY_HEADER: 'api-key' } : {};

describe('a server that speaks the documented protocol of', () => {
  it.each(byName)('%s writes the note, and is asked by no worker for what it has refused', async (_, vendor) => {
    const server = await serve(vendor);
    const first = await worker(server, vendor);
    await first.run(nextTicket());
    expect(first.events.synthesized).toEqual([{ tenantId: 'acme', mode: 'llm' }]);
    const refusals = server.refusals();
    await first.run(nextTicket());
    const second = await worker(server, vendor);
    await second.run(nextTicket());
    await first.run(nextTicket());
    const modes = [...first.events.synthesized, ...second.events.synthesized].map(({ mode }) => mode);
    expect(modes).toEqual(['llm', 'llm', 'llm', 'llm']);
    expect(server.refusals()).toBe(refusals + 3 * (vendor.refusalsOfEach ?? 0));
  });
});

describe('check', () => {
  const check = async (server: VendorServer, vendor: Vendor, change: Record<string, string> = {}) => {
    const config = loadConfig({
      LLM_BASE_URL: server.baseUrl,
      LLM_API_KEY: vendorKey,
      LLM_MODEL: vendor.model,
      ...headerOf(vendor),
      ...change,
    });
    const [finding, ...more] = await modelCheck(config, tenantsOf(tenant('acme'), tenant('globex')), true).run(
      new AbortController().signal,
    );
    expect(more).toEqual([]);
    return finding;
  };

  it.each(byName)('asks %s one question, and shows time, tokens, mode and what it takes', async (_, vendor) => {
    const server = await serve(vendor);
    const finding = await check(server, vendor);
    expect(finding?.text).toMatch(/for acme, globex: mode llm in \d+\.\d s, /);
    expect(finding?.level).toBe('ok');
    const refused = server.requests.length > 1 && !/llama|LM Studio|Mistral/.test(vendor.name);
    if (refused) expect(finding?.text).toMatch(/; it takes .*, and refused: \S/);
  });

  it.each(byName)('tells in the words of %s that there is no such model', async (_, vendor) => {
    const server = await serve(vendor);
    const { body } = vendor.unknownModel('nonesuch');
    const finding = await check(server, vendor, { LLM_MODEL: 'nonesuch' });
    expect(finding).toMatchObject({ level: 'failed', text: expect.stringContaining('LLM_MODEL') });
    const words = /"message":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(body))?.[1]?.replaceAll('\\"', '"') ?? '';
    expect(finding?.text).toContain(words.replace(/\.$/, '').slice(0, 60));
    expect(finding?.text).not.toContain('\n');
  });

  it.each(byName.filter(([, { wrongKey }]) => wrongKey !== undefined))(
    'tells in the words of %s that the key is wrong',
    async (_, vendor) => {
      const server = await serve(vendor);
      const finding = await check(server, vendor, { LLM_API_KEY: 'another-key' });
      expect(finding).toMatchObject({ level: 'failed', text: expect.stringMatching(/Check LLM_/) });
      const words = /"(?:message|error)":"([^"]*)"/.exec(JSON.stringify(vendor.wrongKey?.body))?.[1] ?? '?';
      expect(finding?.text).toContain(words.split(':')[0]?.replace(/\.$/, ''));
    },
  );

  it.each<[string, RequestListener, RegExp]>([
    [
      'a sign-in page',
      (_, response) => response.setHeader('content-type', 'text/html').end('<html><title>Sign in</title></html>'),
      /answered with something that is no chat completion: Sign in\. Check LLM_BASE_URL and LLM_MODEL\.$/,
    ],
    [
      'a proxy’s page',
      (_, response) => response.writeHead(403).end('<html><head><title>Access denied</title></head>'),
      /refused access with a web page and HTTP 403: Access denied\. Check LLM_BASE_URL, and what a proxy or firewall in front of the endpoint lets through\.$/,
    ],
    [
      'a firewall’s page about a policy',
      (_, response) =>
        response.writeHead(403).end('<title>Web Filter</title><p>This violates your internet usage policy.</p>'),
      /refused access with a web page and HTTP 403: Web Filter; This violates your internet usage policy\. Check LLM_BASE_URL/,
    ],
    [
      'a network that the endpoint does not serve',
      (_, response) =>
        response.writeHead(403).end('{"error":{"message":"Access denied due to Virtual Network/Firewall rules."}}'),
      /refused access with HTTP 403: Access denied .* rules\. Check that LLM_API_KEY is right, what it may use, and which networks the endpoint serves\.$/,
    ],
    ...[
      'Invalid API key',
      'Incorrect API key provided',
      'Authorization failed',
      'The security token included in the request is invalid',
    ].map((message): [string, RequestListener, RegExp] => [
      `a wrong key with HTTP 403 (${message})`,
      (_, response) => response.writeHead(403).end(JSON.stringify({ error: { message } })),
      /refused the key with HTTP 403: .*\. Check LLM_API_KEY\.$/,
    ]),
    [
      'nothing at all',
      (_, response) => response.end(),
      /answered with something that is no chat completion\. Check LLM_BASE_URL and LLM_MODEL\.$/,
    ],
    [
      'blanks alone',
      (_, response) => response.end('\n \n'),
      /gave an empty answer\. Check LLM_BASE_URL and LLM_MODEL\.$/,
    ],
    [
      'a redirect to TLS',
      (_, response) => response.writeHead(301, { location: 'https://models.acme.example/v1/chat/completions' }).end(),
      /redirects with HTTP 301\. If https:\/\/models\.acme\.example\/v1 is the endpoint, set LLM_BASE_URL to it\.$/,
    ],
    [
      'an empty account',
      (_, response) => response.writeHead(402).end('{"error":{"message":"Insufficient Balance"}}'),
      /refused the account with HTTP 402: Insufficient Balance\. Check the account of LLM_API_KEY\.$/,
    ],
    [
      'an error with HTTP 200',
      (_, response) => response.end('{"error":{"message":"Invalid API key","code":"invalid_api_key"}}'),
      /refused the key with an error: Invalid API key\. Check LLM_API_KEY\.$/,
    ],
    [
      'a model that answers with nothing',
      (_, response) => response.end('{"object":"chat.completion","choices":[]}'),
      /The language model's answer is empty\.$/,
    ],
    [
      'a filter',
      (_, response) => response.end('{"choices":[{"finish_reason":"content_filter"}]}'),
      /declined to answer: finish_reason content_filter\.$/,
    ],
    [
      'another protocol',
      ({ socket }) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
      /Parse Error: .*does not speak plain HTTP/,
    ],
  ])('finds in one line what is wrong: %s', async (_, answer, expected) => {
    const server = createServer(
      (request, response) => void request.resume().on('end', () => answer(request, response)),
    );
    const { port, close } = await listenOnFreePort(server);
    afterTest(close);
    const config = loadConfig({
      LLM_BASE_URL: `http://127.0.0.1:${port}/v1`,
      LLM_API_KEY: vendorKey,
      LLM_MODEL: 'm',
      LLM_TIMEOUT_MS: '2000',
    });
    const [finding, ...more] = await modelCheck(config, tenantsOf(tenant('acme')), true).run(
      new AbortController().signal,
    );
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ level: 'failed', text: expect.stringMatching(expected) });
    expect(finding?.text).not.toContain('\n');
  });

  it.each([
    ['OpenAI’s', { object: 'list', data: [{ id: 'm', object: 'model' }] }, 'ok', 'has m'],
    ['Gemini’s', { object: 'list', data: [{ id: 'models/m', object: 'model' }] }, 'ok', 'has m'],
    ['a list alone', [{ id: 'm', pricing: { base: 1 } }], 'ok', 'has m'],
    ['names', { models: [{ name: 'm', model: 'm' }] }, 'ok', 'has m'],
    ['other models', { data: [{ id: 'n' }] }, 'warning', 'does not list m'],
    ['Ollama’s without a model', { object: 'list', data: null }, 'warning', 'does not list m'],
    [
      'a very long one',
      { data: Array.from({ length: 5000 }, (_, i) => ({ id: `n${i}`, top: [1, 2, {}] })).concat({ id: 'm', top: [] }) },
      'ok',
      'has m',
    ],
    ['none', {}, 'warning', 'lists no models'],
  ])('looks for the model in the list of the endpoint: %s', async (_, list, level, text) => {
    const server = createServer((_request, response) => void response.end(JSON.stringify(list)));
    const { port, close } = await listenOnFreePort(server);
    afterTest(close);
    const config = loadConfig({ LLM_BASE_URL: `http://127.0.0.1:${port}/v1`, LLM_MODEL: 'm' });
    const found = await modelCheck(config, tenantsOf(tenant('acme')), false).run(new AbortController().signal);
    expect(found).toMatchObject([{ level, text: expect.stringContaining(text) }]);
  });

  it('says that an address with https: leads to a server without TLS', async () => {
    const [vendor] = vendors;
    if (vendor === undefined) throw new Error('no vendor');
    const server = await serve(vendor);
    const finding = await check(server, vendor, {
      LLM_BASE_URL: server.baseUrl.replace('http:', 'https:'),
      LLM_TIMEOUT_MS: '2000',
    });
    expect(finding).toMatchObject({
      level: 'failed',
      text: expect.stringContaining('the other side does not speak TLS'),
    });
  });

  it('shows where the API is when the path is missing', async () => {
    const [vendor] = vendors;
    if (vendor === undefined) throw new Error('no vendor');
    const server = await serve(vendor);
    const finding = await check(server, vendor, { LLM_BASE_URL: new URL(server.baseUrl).origin });
    expect(finding).toMatchObject({
      level: 'failed',
      text: expect.stringContaining(`at ${new URL('/v1', server.baseUrl).href}`),
    });
  });
});
