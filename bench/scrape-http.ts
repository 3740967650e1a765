/**
 * The whole way of a scrape over HTTP, beside a bare `node:http` server that joins cached strings with their numbers at
 * each request. Each server is a process of its own, and so is the scraper.
 *
 *   npm run bench:scrape-http [-- --write]
 */
import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { Agent, createServer, get, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { constants, gunzipSync, gzip } from 'node:zlib';
import { ClusterRegistry, createScrapeHandler } from '../src/cluster-metrics/prom-client.js';
import { percentile, report, type Row, spread, times } from './report.js';
import { changeAll, child, linesPerTenant } from './scraped-child.js';

const series = 130_000;
const rounds = 60;
const warmUpRounds = 10;
const compress = promisify(gzip);

async function serve(listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}

async function ours(): Promise<void> {
  const registry = new ClusterRegistry({ maxLabelSets: 1_000_000, registries: [] });
  await once(cluster.fork({ BENCH_TENANTS: String(Math.round(series / linesPerTenant)) }), 'message');
  await changeAll(1);
  const handler = createScrapeHandler(registry);
  process.on('message', (share: number) => void changeAll(share).then(() => process.send?.('changed')));
  await serve((request, response) => void handler(request, response));
}

async function bare(): Promise<void> {
  const [text] = (await once(process, 'message')) as [string];
  const lines = text.split('\n').filter((line) => line !== '');
  const cached = lines.map((line) => (line.startsWith('#') ? `${line}\n` : line.slice(0, line.lastIndexOf(' ') + 1)));
  const values = lines.map((line) =>
    line.startsWith('#') ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1)),
  );
  await serve((request, response) => {
    let out = '';
    for (let i = 0; i < cached.length; i++) {
      const value = values[i];
      out += value === undefined ? cached[i] : `${cached[i]}${value}\n`;
    }
    const body = Buffer.from(out);
    const isZipped = request.headers['accept-encoding'] === 'gzip';
    void (isZipped ? compress(body, { level: constants.Z_BEST_SPEED }) : Promise.resolve(body)).then((sent) => {
      const coding = isZipped ? { 'content-encoding': 'gzip' } : {};
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': sent.length, ...coding });
      response.end(sent);
    });
  });
}

const agent = new Agent({ keepAlive: true });

function scrape(port: number, encoding: string): Promise<{ ms: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    get({ port, host: '127.0.0.1', path: '/metrics', agent, headers: { 'accept-encoding': encoding } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ ms: performance.now() - startMs, body: Buffer.concat(parts) }));
    }).on('error', reject);
  });
}

async function start(role: 'ours' | 'bare', text?: string): Promise<{ process: ChildProcess; port: number }> {
  const started = fork(new URL(import.meta.url), [role], { execArgv: ['--import', 'tsx'] });
  if (text !== undefined) started.send(text);
  const [port] = (await once(started, 'message')) as [number];
  return { process: started, port };
}

async function main(): Promise<void> {
  const we = await start('ours');
  const text = (await scrape(we.port, 'identity')).body.toString();
  const peer = await start('bare', text);
  const cases = [
    { what: 'nothing changed, no gzip', encoding: 'identity', share: 0, goal: 1 },
    { what: 'nothing changed, gzip', encoding: 'gzip', share: 0, goal: 0.3 },
    { what: '1% of the tenants changed, gzip', encoding: 'gzip', share: 0.01, goal: 0.3 },
    { what: 'everything changed, gzip', encoding: 'gzip', share: 1, goal: 1.5 },
  ];
  const rows: Row[] = [];
  let sizes = '';
  for (const { what, encoding, share, goal } of cases) {
    const [mine, theirs]: [number[], number[]] = [[], []];
    for (let round = -warmUpRounds; round < rounds; round++) {
      if (share > 0) {
        we.process.send(share);
        await once(we.process, 'message');
      }
      const [a, b] = [await scrape(we.port, encoding), await scrape(peer.port, encoding)];
      if (encoding === 'gzip' && round === 0) {
        sizes = `${a.body.length} bytes compressed, the bare server's ${b.body.length}, of ${gunzipSync(a.body).length}`;
      }
      if (round < 0) continue;
      mine.push(a.ms);
      theirs.push(b.ms);
    }
    const ratio = percentile(mine, 0.5) / percentile(theirs, 0.5);
    rows.push({
      what: `${text.split('\n').length - 1} lines, ${what}`,
      ours: spread(mine),
      peer: spread(theirs),
      ratio: times(ratio),
      goal: `at most ${goal}x`,
      reached: ratio <= goal,
    });
    process.stderr.write('.');
  }
  for (const { process: one } of [we, peer]) one.kill();
  await report('scrape-http', rows, [`The answer: ${sizes}.`]);
  agent.destroy();
}

if (!cluster.isPrimary) await child();
else if (process.argv[2] === 'ours') await ours();
else if (process.argv[2] === 'bare') await bare();
else await main();
