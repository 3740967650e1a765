// pm2 start ecosystem.config.js. Fork mode, one instance: the primary forks its own children.
// To reload without a failed request: pm2 sendSignal SIGHUP ticket-enhancer.
export const apps = [
  {
    name: 'ticket-enhancer',
    script: 'dist/main.js',
    exec_mode: 'fork',
    instances: 1,
    wait_ready: true,
    // Above the start of all children, and above SHUTDOWN_TIMEOUT_MS (30 s by default).
    listen_timeout: 60_000,
    kill_timeout: 35_000,
    // PM2 would otherwise signal the children, too, and end them in the middle of their work.
    treekill: false,
    // A configuration that must be changed by hand: restarting cannot help.
    stop_exit_codes: [78],
    max_restarts: 10,
    exp_backoff_restart_delay: 100,
  },
];
