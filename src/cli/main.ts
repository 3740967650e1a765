#!/usr/bin/env node

/** The command line's entry. The service catches signals before anything else is loaded, the other commands' code included. */
const [command, ...rest] = process.argv.slice(2);
await (command === 'start' && rest.length === 0 ? import('../main.js') : import('./run.js'));
