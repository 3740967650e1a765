#!/usr/bin/env node
import { requireNode } from '../node-version.js';

/** The command line's entry. The service must handle signals before anything else is loaded, including other commands. */
requireNode();
const [command, ...rest] = process.argv.slice(2);
if (command === 'start' && rest.length === 0) await import('../main.js');
else {
  const { requireMachine } = await import('../machine.js');
  requireMachine();
  await import('./run.js');
}
