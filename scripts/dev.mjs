#!/usr/bin/env node
// `npm run dev`: builds on each change of a source file, and restarts the service when a build succeeded.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = spawn(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--watch', '--preserveWatchOutput'],
  { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
);
let service;
let restarting = false;

async function restart() {
  if (restarting) return;
  restarting = true;
  if (service !== undefined && service.exitCode === null) {
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    await ended;
  }
  service = spawn(process.execPath, ['dist/main.js'], { cwd: root, stdio: 'inherit' });
  restarting = false;
}

compiler.stdout.on('data', (data) => {
  process.stdout.write(data);
  if (/Found 0 errors/.test(String(data))) void restart();
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    compiler.kill();
    service?.kill(signal);
    if (service === undefined) process.exit(0);
    service.once('exit', (code) => process.exit(code ?? 0));
  });
}
