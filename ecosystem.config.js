// pm2 start ecosystem.config.js. Fork mode, one instance: the primary forks its own children.
// To reload without a failed request: pm2 sendSignal SIGHUP ticket-enhancer.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as util from 'node:util';

// Wherever pm2 is called: dist, .env and DATA_DIR are those of this folder.
const cwd = fileURLToPath(new URL('.', import.meta.url));
const envFile = `${cwd}.env`;
// As the service will have it: from the environment, or else from .env. A Node that is too old to parse it
// is too old for the service, which says so itself.
const text = existsSync(envFile) ? readFileSync(envFile, 'utf8').replace(/^\uFEFF/, '') : '';
const env = { ...util.parseEnv?.(text), ...process.env };
const shutdownTimeoutMs = Number(env.SHUTDOWN_TIMEOUT_MS) || 30_000;

export const apps = [
  {
    name: 'ticket-enhancer',
    cwd,
    script: 'dist/main.js',
    exec_mode: 'fork',
    instances: 1,
    wait_ready: true,
    // Above the start of all children, and above the longest stop (SHUTDOWN_TIMEOUT_MS and 5 s).
    listen_timeout: 60_000,
    kill_timeout: shutdownTimeoutMs + 8000,
    // PM2 would otherwise signal the children, too, and end them in the middle of their work.
    treekill: false,
    // A configuration that must be changed by hand: restarting cannot help.
    stop_exit_codes: [78],
    max_restarts: 10,
    exp_backoff_restart_delay: 100,
  },
];
