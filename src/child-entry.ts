// A child's entry. A terminal's Ctrl-C and a service manager's TERM reach every process of the group, but the primary
// alone decides: the signals are caught before the child is loaded, or they would end one that is starting.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
await import('./child.js');
