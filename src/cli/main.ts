#!/usr/bin/env node
import { requireNode } from '../node-version.js';
import { requireWorkingFolder } from '../working-folder.js';

/** The command line's entry. The service must handle signals before anything else is loaded, including other commands. */
requireNode();
requireWorkingFolder();
const [command, ...rest] = process.argv.slice(2);
await (command === 'start' && rest.length === 0 ? import('../main.js') : import('./run.js'));
