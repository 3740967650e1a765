import { requireMachine } from './machine.js';
import { stopSignals } from './signals.js';

// The entry of a child. Ctrl-C in a terminal and TERM of a service manager reach every process of the group, but only the
// primary acts on them. The handlers are set before the child is loaded; otherwise a signal would end a starting child.
for (const signal of [...stopSignals, 'SIGHUP']) process.on(signal, () => undefined);
requireMachine();
await import('./child.js');
