#!/usr/bin/env node
import { requireNode } from './node-version.js';
import { catchSignals } from './signals.js';
import { requireWorkingFolder } from './working-folder.js';

/**
 * The primary's entry. Signals are caught before the service is loaded, which takes a large part of a second. Before Node's
 * version is checked, only files that every version can load are imported.
 */
requireNode();
requireWorkingFolder();
const signals = catchSignals();
const { start } = await import('./start.js');
await start(signals);
