// The program under test in cluster-metrics-children.test.ts: a primary whose children of one kind count without end, each noting what
// it was told is safe, while the primary ends one after the other and looks at once what the next scrape says.
import cluster from 'node:cluster';
import { fork, spawn } from 'node:child_process';
import { openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';
import { ClusterRegistry, Counter, Gauge, startReporter } from './metrics-client.mjs';

const file = fileURLToPath(import.meta.url);
const { KIND: kind, LEDGER_DIR: folder, KILLS: kills = '0' } = process.env;
const socket = join(folder, 'metrics.sock');
const isChild = kind === 'cluster' ? cluster.isWorker : kind === 'thread' ? !isMainThread : process.argv[2] === 'child';

if (isChild) await count();
else await observe();

async function count() {
  const reporter = startReporter(kind === 'socket' ? { connect: socket } : {});
  const work = new Counter({ name: 'work_total', help: 'Work' });
  new Gauge({ name: 'level', help: 'Level' }).set(1);
  const own = new Gauge({ name: 'own', help: 'Own' });
  own.mergeRule = 'per-child';
  own.set(1);
  // Each scrape asks for it: what is written to a child that was just ended must not cost what it had sent.
  new Gauge({
    name: 'asked',
    help: 'Asked',
    collect() {
      this.set(1);
    },
  });
  const ledger = openSync(join(folder, `ledger-${process.env.LIFE}`), 'a');
  for (let i = 1; ; i++) {
    work.inc();
    // Only what was handed over is noted; it may be refused while a socket is being connected.
    if (await reporter.commit()) writeSync(ledger, '.');
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function observe() {
  const registry = new ClusterRegistry();
  if (kind === 'socket') await registry.listen(socket);
  let life = 0;
  const start = {
    cluster: (env) => {
      const worker = cluster.fork(env);
      return { kill: () => worker.process.kill('SIGKILL') };
    },
    process: (env) => {
      const child = fork(file, ['child'], { env: { ...process.env, ...env } });
      registry.attach(child);
      return { kill: () => child.kill('SIGKILL') };
    },
    thread: (env) => {
      const worker = new Worker(file, { env: { ...process.env, ...env } });
      registry.attach(worker);
      return { kill: () => void worker.terminate() };
    },
    socket: (env) => {
      const child = spawn(process.execPath, [file, 'child'], { env: { ...process.env, ...env }, stdio: 'inherit' });
      return { kill: () => child.kill('SIGKILL') };
    },
  }[kind];
  const startNext = () => ({ life: life++, ...start({ LIFE: String(life - 1) }) });
  const told = (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  const toldAll = () =>
    readdirSync(folder).reduce((sum, name) => sum + (name.startsWith('ledger-') ? told(name) : 0), 0);
  const counted = async () => {
    const { parts } = await registry.scrape();
    const text = Buffer.concat(parts).toString();
    return {
      text,
      value:
        text.match(/^work_total(\{.*\})? \d+$/gm)?.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0) ?? 0,
    };
  };

  const children = [startNext(), startNext(), startNext()];
  const missing = [];
  const decreases = [];
  let last = 0;
  const look = async (safe) => {
    const { value } = await counted();
    if (value < safe) missing.push([safe, value]);
    if (value < last) decreases.push([last, value]);
    last = value;
  };
  for (let kill = 0; kill < Number(kills); kill++) {
    const [victim] = children.splice(kill % 3, 1);
    while (told(`ledger-${victim.life}`) < 100) await look(toldAll());
    const safe = toldAll();
    victim.kill();
    await look(safe);
    children.push(startNext());
  }
  while (children.some((child) => told(`ledger-${child.life}`) < 100)) await look(toldAll());
  const alive = await counted();
  for (const child of children) child.kill();
  while (registry.reports().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const { text, value } = await counted();
  const lines = (name, from) => from.split('\n').filter((line) => line.startsWith(name));
  console.log(
    JSON.stringify({
      missing,
      decreases,
      told: toldAll(),
      counted: value,
      level: lines('level', alive.text),
      own: lines('own', alive.text),
      left: lines('level ', text),
    }),
  );
  registry.close();
  process.exit();
}
