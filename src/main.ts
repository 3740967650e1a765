#!/usr/bin/env node
import { requireNode } from './node-version.js';
import { catchSignals } from './signals.js';

/**
 * The primary's entry. Signals are caught before the service is loaded, which takes a large part of a second. Before Node's
 * version is checked, only files that every version can load are imported.
 */
requireNode();
const signals = catchSignals();
const { requireMachine } = await import('./machine.js');
requireMachine();
const { start } = await import('./start.js');
await start(signals);
