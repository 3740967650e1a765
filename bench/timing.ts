/**
 * Whether time tells a configured tenant from one that does not exist, for somebody who cannot sign: Welch's t-test as in
 * dudect (Reparaz, Balasch, Verbauwhede 2017), on 100,000 interleaved samples of each kind over HTTP against the real
 * service. Below 4.5 nothing can be told apart. The check itself, in a loop in one process, shows differences that no
 * network carries: there the bound is on their size.
 *
 *   npm run bench:timing [-- --write]
 */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { authenticate } from '../src/api/signatures/authenticate.js';
import { resolveTenants } from '../src/tenants/index.js';
import { parseTenantsDocument } from '../src/tenants/tenants-file.js';
import { startMeasured } from './measured-service.js';
import { percentile, report, type Row } from './report.js';

const samples = 100_000;
const indistinguishable = 4.5;
/** Of the medians, microseconds. A request takes three thousand times as long on loopback. */
const largestDifference = 0.2;
/** The slowest are interruptions by something else, and drown what is looked for. */
const keptShare = 0.9;

const tenantsFile = `tenants:
  - id: every-scheme
    name: Every scheme, two secrets each
    webhook:
      standard_webhooks: { secrets: ["env:SHORT", "env:LONG"] }
      servicedesk_signature: { secrets: ["env:SHORT", "env:LONG"] }
      static_token: { header: x-desk-token, secrets: ["env:SHORT", "env:TOKEN"] }
    desk: { type: local }
  - id: token-only-1
    name: A token in a header of its own
    webhook: { static_token: { header: x-another-header, secrets: ["env:TOKEN"] } }
    desk: { type: local }
  - id: long-secrets
    name: One scheme, a long secret
    webhook: { standard_webhooks: { secrets: ["env:LONG"] } }
    desk: { type: local }
  - id: switched-off
    name: Not active
    active: false
    webhook: { servicedesk_signature: { secrets: ["env:SHORT"] } }
    desk: { type: local }
`;
const tenants = resolveTenants(parseTenantsDocument(tenantsFile, 'tenants.yaml'), {
  env: { SHORT: 'secret', LONG: 's'.repeat(500), TOKEN: 't'.repeat(256) },
  readFile: () => '',
});
const nobody = 'no-such-one1';

/** Keeps what was measured in two heaps, one for each kind, in the order in which it came. */
interface Samples {
  readonly known: number[];
  readonly unknown: number[];
}

/** Welch's t of the two kinds, without the slowest of both together. */
function welch({ known, unknown }: Samples): number {
  const longest = percentile([...known, ...unknown], keptShare);
  const describe = (values: readonly number[]) => {
    const kept = values.filter((value) => value <= longest);
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1);
    return { mean, error: variance / kept.length };
  };
  const [a, b] = [describe(known), describe(unknown)];
  return (a.mean - b.mean) / Math.sqrt(a.error + b.error);
}

/** Which of the two is asked next is left to chance, so that nothing periodic falls on one of them. */
async function interleaved(count: number, measure: (known: boolean) => number | Promise<number>): Promise<Samples> {
  const samples: Samples = { known: [], unknown: [] };
  while (samples.known.length < count || samples.unknown.length < count) {
    const known = Math.random() < 0.5;
    const into = known ? samples.known : samples.unknown;
    const measured = measure(known);
    const took = typeof measured === 'number' ? measured : await measured;
    if (into.length < count) into.push(took);
  }
  return samples;
}

const now = 1_800_000_000;
const body = Buffer.from(`{"tenant_id":"${nobody}","description":"${'x'.repeat(400)}"}`);
/** Everything that is looked at, in a form that could be right. */
const headers = {
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(now),
  'webhook-signature': `v1,${'A'.repeat(43)}=`,
  'x-servicedesk-signature': `sha256=${'a'.repeat(64)}`,
  'x-desk-token': 'wrong',
  'x-another-header': 'wrong',
};

function check(id: string): number {
  const start = process.hrtime.bigint();
  authenticate(tenants.get(id), { headers, body, nowSeconds: now });
  tenants.label(id);
  return Number(process.hrtime.bigint() - start);
}

const median = (values: readonly number[]): number => percentile(values, 0.5);

const row = (what: string, unit: string, measured: Samples, goal: string, reached: boolean): Row => {
  const shown = (values: readonly number[]) => `p50 ${median(values).toFixed(unit === 'us' ? 2 : 3)} ${unit}`;
  return {
    what: `${what}, ${samples.toLocaleString('en')} samples each`,
    ours: shown(measured.known),
    peer: shown(measured.unknown),
    ratio: `t = ${welch(measured).toFixed(2)}`,
    goal,
    reached,
  };
};

const rows: Row[] = [];
for (let i = 0; i < 50_000; i++) check(i % 2 === 0 ? nobody : 'every-scheme'); // the compiler's
for (const { id, name } of tenants.all()) {
  const measured = await interleaved(samples, (known) => check(known ? id : nobody) / 1000);
  const difference = Math.abs(median(measured.known) - median(measured.unknown));
  const what = `the check of a signature, in a loop; known: ${name.toLowerCase()}`;
  rows.push(row(what, 'us', measured, `medians within ${largestDifference} us`, difference <= largestDifference));
}

const service = await startMeasured({ HTTP_PROCESSES: '1', WORKER_PROCESSES: '0' });
const { port } = new URL(service.webhooks);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function ask(tenantId: string): Promise<number> {
  const text = `{"tenant_id":"${tenantId}","description":"${'x'.repeat(400)}"}`;
  const start = performance.now();
  const sent = request({
    agent,
    host: '127.0.0.1',
    port,
    path: '/webhook/servicedesk',
    method: 'POST',
    headers: {
      ...headers,
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'content-type': 'application/json',
      'content-length': text.length,
    },
  });
  sent.end(text);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (response.statusCode !== 401) throw new Error(`answered ${response.statusCode}`);
  response.resume();
  await once(response, 'end');
  return performance.now() - start;
}
for (let i = 0; i < 3000; i++) await ask(i % 2 === 0 ? 'acme' : 'nine');
const overHttp = await interleaved(samples, (known) => ask(known ? 'acme' : 'nine'));
const t = Math.abs(welch(overHttp));
rows.unshift(
  row(
    'a refused webhook over HTTP, on loopback',
    'ms',
    overHttp,
    `t below ${indistinguishable} either way`,
    t < indistinguishable,
  ),
);
agent.destroy();
await service.stop();
await service.destroy();

await report('timing', rows, [
  '"Ours" is a configured tenant, "beside it" one that does not exist; both with wrong signatures of all three schemes.',
]);
